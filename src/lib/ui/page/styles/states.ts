/** The states of a server: a colour each, and a pattern, so that none is told by colour alone. */
export const STATES = `
.legend{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,17rem),1fr));gap:.15rem 1rem;margin:0 0 1rem;padding:0;list-style:none;font-size:.8125rem}
.legend span{color:var(--muted)}
.booting{background:repeating-linear-gradient(135deg,var(--booting) 0 5px,var(--booting-mark) 5px 6px)}
.booting span{background:var(--booting);color:var(--booting-ink)}
.joined{background:radial-gradient(var(--joined-mark) 1.2px,transparent 1.4px) 0 0/6px 6px var(--joined)}
.joined span{background:var(--joined);color:var(--joined-ink)}
.voter{background:repeating-linear-gradient(0deg,var(--voter) 0 4px,var(--voter-mark) 4px 5px)}
.voter span{background:var(--voter);color:var(--voter-ink)}
.in-service{background:var(--service)}
.in-service span{color:var(--service-ink)}
.draining{background:repeating-linear-gradient(90deg,var(--draining) 0 5px,var(--draining-mark) 5px 6px)}
.draining span{background:var(--draining);color:var(--draining-ink)}
.leaving{background:repeating-linear-gradient(45deg,var(--leaving) 0 4px,var(--leaving-mark) 4px 6px)}
.leaving span{background:var(--leaving);color:var(--leaving-ink)}
.left{border:1px dashed var(--left-mark)}
.left span{color:var(--muted);background:var(--card)}
.leaderless.state{background:repeating-linear-gradient(90deg,var(--leader-ground) 0 2px,var(--leader) 2px 3px)}
.leaderless.state span{background:var(--leader-ground);color:var(--leader-ink)}
.trouble.state{background:repeating-linear-gradient(45deg,transparent 0 4px,var(--trouble-mark) 4px 5px),repeating-linear-gradient(135deg,var(--trouble) 0 4px,var(--trouble-mark) 4px 5px)}
.trouble.state span{background:var(--trouble);color:var(--trouble-ink)}
.led{position:absolute;bottom:-4px;height:3px;background:var(--leader)}
.gone{position:absolute;top:.25rem;bottom:.25rem;width:3px;background:var(--ink)}
.swatch.led,.swatch.gone{position:static}
.swatch.led{height:3px}
.swatch.hole{position:static;border-radius:0}
.swatch.gone{width:3px;height:.85rem;margin:0 .65rem}
@media (forced-colors:active){.bar,.swatch,.led,.gone,.write-gap{forced-color-adjust:none}}
`;
