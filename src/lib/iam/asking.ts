import type { Permission } from './permission.js';

const ask = (action: string, scope: Permission['scope'], purpose: string): Permission => {
  return { action, scope, callers: ['doctor'], purpose };
};

/** What lets `doctor` ask IAM about permissions that cannot be tried. Nothing else needs it. */
export const ASKING: readonly Permission[] = [
  ask('iam:SimulatePrincipalPolicy', 'caller', 'what the policies of the caller allow, without doing it'),
  ask('iam:GetRole', 'caller', 'where the caller is a role: its path'),
  ask('iam:GetInstanceProfile', 'profile', "the role in the servers' instance profile"),
];
