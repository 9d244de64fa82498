export {
  GetInstanceProfileCommand,
  GetRoleCommand,
  paginateSimulatePrincipalPolicy,
} from '@aws-sdk/client-iam';
