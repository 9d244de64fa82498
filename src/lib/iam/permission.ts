/** Commands that call AWS; `roll` stands for upgrade, resume and rollback, which are one loop. */
export type Caller = 'status' | 'plan' | 'doctor' | 'pause' | 'roll' | 'create';

/** What an action can be limited to. Source: the Service Authorization Reference, "Resource types" of each action. */
export type Scope =
  /** AWS knows no resource for it: every Describe of these services. */
  | 'everything'
  | 'group'
  | 'launch-configuration'
  | 'launch-template'
  | 'classic'
  | 'target-group'
  /** Launching, through a launch template only. */
  | 'launch'
  /** Tagging what is being created, only. */
  | 'tagging'
  | 'role'
  /** Whoever runs doctor, by its own ARN. */
  | 'caller'
  /** An instance profile. */
  | 'profile';

/** Where an action is wanted only for some clusters; always where there is none. */
export type Circumstance =
  | 'launch-configuration'
  | 'launch-template'
  /** A version of a template that stays. */
  | 'template-version'
  /** A launch template that is made, or removed, as a whole. */
  | 'own-template'
  | 'classic'
  | 'target-group'
  | 'beside'
  | 'warm-pool'
  | 'automation'
  | 'notifications'
  | 'metrics';

/** One IAM action, who calls it and what for. */
export interface Permission {
  readonly action: string;
  readonly scope: Scope;
  readonly callers: readonly Caller[];
  readonly only?: Circumstance;
  readonly purpose: string;
}
