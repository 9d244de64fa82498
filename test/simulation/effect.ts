/** A change that the roll requests from AWS or Consul, as the checkers see it just before it is carried out. */
export type Effect =
  | { readonly kind: 'leave'; readonly address: string }
  | { readonly kind: 'remove-peer'; readonly peerId: string }
  | { readonly kind: 'transfer-leadership'; readonly peerId: string }
  | { readonly kind: 'terminate'; readonly instanceId: string }
  | { readonly kind: 'complete-hooks'; readonly instanceIds: readonly string[] }
  | { readonly kind: 'deregister'; readonly instanceIds: readonly string[] }
  | { readonly kind: 'delete-group'; readonly name: string }
  | { readonly kind: 'delete-launch-configuration'; readonly name: string }
  | { readonly kind: 'resize'; readonly name: string; readonly desired: number | undefined }
  | { readonly kind: 'other'; readonly what: string };

export type EffectKind = Effect['kind'];

/** The first word of the effect's line in the trace; faults are triggered by it. */
export function formatEffectName(effect: Effect): string {
  if (effect.kind !== 'other') return effect.kind;
  const end = effect.what.indexOf(' ');
  return end < 0 ? effect.what : effect.what.slice(0, end);
}

/** One line of the trace. */
export function describeEffect(effect: Effect): string {
  const { kind, ...rest } = effect;
  return kind === 'other' ? effect.what : `${kind} ${Object.values(rest).join(' ')}`;
}
