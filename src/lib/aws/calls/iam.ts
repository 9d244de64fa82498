export {
  GetInstanceProfileCommand,
  GetRoleCommand,
  ListAccountAliasesCommand,
  paginateSimulatePrincipalPolicy,
} from '@aws-sdk/client-iam';
