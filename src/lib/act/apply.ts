import type { Action, ActionKind } from '../model/action.js';
import type { History } from '../model/survey.js';
import { attach } from './attach.js';
import { convertTemplate } from './convert-template.js';
import { copyWarmPool } from './copy-warm-pool.js';
import { createGroup } from './create-group.js';
import { createTemplate } from './create-template.js';
import { createVersion } from './create-version.js';
import { deleteGroup } from './delete-group.js';
import { deleteLaunchTemplate } from './delete-launch-template.js';
import { deleteSentinel } from './delete-sentinel.js';
import { deleteTemplate } from './delete-template.js';
import { deleteVersion } from './delete-version.js';
import { deleteWarmPool } from './delete-warm-pool.js';
import { deregister } from './deregister.js';
import type { Effect, Stage } from './effect.js';
import { forget } from './forget.js';
import { freeze } from './freeze.js';
import { grow } from './grow.js';
import { handOver } from './hand-over.js';
import { leave } from './leave.js';
import { lowerMinimum } from './lower-minimum.js';
import { raiseMaximum } from './raise-maximum.js';
import { recordIntent } from './record-intent.js';
import { register } from './register.js';
import { removePeer } from './remove-peer.js';
import { restoreSize } from './restore-size.js';
import { retarget } from './retarget.js';
import { saveSnapshot } from './save-snapshot.js';
import { setDefault } from './set-default.js';
import { terminate } from './terminate.js';
import { thaw } from './thaw.js';
import { transferLeadership } from './transfer-leadership.js';
import { trim } from './trim.js';
import { turnBack } from './turn-back.js';
import { writeSentinel } from './write-sentinel.js';

/** Every kind of action and the file that carries it out. */
const EFFECTS: { readonly [K in ActionKind]: Effect<K> } = {
  'save-snapshot': saveSnapshot,
  'record-intent': recordIntent,
  freeze: freeze,
  'create-template': createTemplate,
  'create-version': createVersion,
  'convert-template': convertTemplate,
  'create-group': createGroup,
  'set-default': setDefault,
  'write-sentinel': writeSentinel,
  grow: grow,
  register: register,
  'lower-minimum': lowerMinimum,
  deregister: deregister,
  'transfer-leadership': transferLeadership,
  leave: leave,
  'remove-peer': removePeer,
  terminate: terminate,
  attach: attach,
  'copy-warm-pool': copyWarmPool,
  'delete-warm-pool': deleteWarmPool,
  'delete-group': deleteGroup,
  'delete-template': deleteTemplate,
  'delete-version': deleteVersion,
  'delete-launch-template': deleteLaunchTemplate,
  'restore-size': restoreSize,
  thaw: thaw,
  'delete-sentinel': deleteSentinel,
  forget: forget,
  'hand-over': handOver,
  'raise-maximum': raiseMaximum,
  retarget: retarget,
  trim: trim,
  'turn-back': turnBack,
};

/**
 * Carries out one action.
 *
 * @returns what only the effect has learned, for the history
 * @throws what AWS or Consul answers; the next look tells how far it got
 */
export function apply(stage: Stage, action: Action): Promise<Partial<History> | undefined> {
  return effectOf(action.kind)(stage, action);
}

/** The table's type ties each effect to its own action; looked up by a kind it takes any. */
function effectOf(kind: ActionKind): Effect<ActionKind> {
  return EFFECTS[kind] as Effect<ActionKind>;
}
