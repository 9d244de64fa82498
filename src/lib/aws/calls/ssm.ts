export { GetParameterCommand } from '@aws-sdk/client-ssm';
