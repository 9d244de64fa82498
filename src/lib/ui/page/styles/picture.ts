/** The timeline: rows of one grid, a column of names and one of time. On a phone the name goes above its row. */
export const PICTURE = `
.picture{--names:13.5rem}
.inside{position:relative;font-size:.8125rem}
.lane{position:relative;display:grid;grid-template-columns:var(--names) minmax(0,1fr);align-items:center;margin:.3rem 0}
.name{padding-right:.75rem;line-height:1.25}
.name small{font-size:.75rem}
.plot{position:relative;height:1.5rem;min-width:0}
.side{position:relative;margin:.9rem 0 .35rem;padding-bottom:.2rem;border-bottom:1px solid var(--line)}
.side .id{color:var(--muted)}
.axis .plot{height:1.25rem;color:var(--muted);font-variant-numeric:tabular-nums}
.tick{position:absolute;transform:translateX(-50%);white-space:nowrap}
.tick:first-child{transform:none}
.grid{position:absolute;inset:1.5rem 0 0 var(--names)}
.grid i{position:absolute;top:0;bottom:0;border-left:1px solid var(--grid)}
.hole{position:absolute;top:0;bottom:0;display:grid;place-items:center;border:dashed var(--left-mark);border-width:0 1px;background:var(--grid)}
.hole span{writing-mode:vertical-rl;color:var(--muted);white-space:nowrap}
.bar{position:absolute;top:0;bottom:0;display:flex;flex-wrap:wrap;overflow:hidden;border-radius:.2rem;min-width:2px}
.bar::before{content:"";width:0;height:100%}
.bar span{align-self:center;margin:0 .2rem;padding:0 .25rem;border-radius:.2rem;line-height:1.25;white-space:nowrap}
.stage,.writes{background:var(--stage);color:var(--stage-ink);box-shadow:inset 0 0 0 1px var(--card)}
.stage.back{background:var(--draining);color:var(--draining-ink)}
.leader{background:var(--leader-ground);color:var(--leader-ink);box-shadow:inset 0 -3px var(--leader)}
.bar.leader{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.75rem}
.leaderless{background:repeating-linear-gradient(45deg,var(--trouble) 0 3px,var(--card) 3px 6px)}
.leaderless span{background:var(--trouble);color:var(--trouble-ink)}
.write-gap{position:absolute;top:0;bottom:0;min-width:4px;background:var(--trouble);outline:1px solid var(--card)}
.chart{margin-top:1rem}
.chart .name{align-self:start}
.chart .plot{height:8.5rem;border-bottom:1px solid var(--left-mark)}
.chart svg{position:absolute;inset:0;width:100%;height:100%}
.chart path{fill:none;vector-effect:non-scaling-stroke}
.chart .area{fill:var(--area);stroke:none}
.chart .voters{stroke:var(--joined-mark);stroke-width:2.5}
.chart .quorum{stroke:var(--bad);stroke-width:2;stroke-dasharray:6 4}
.chart .leaderless{position:absolute;top:0;bottom:0;opacity:.5}
.unjudged{position:absolute;top:0;bottom:0;background:repeating-linear-gradient(90deg,var(--leader-ground) 0 2px,var(--leader) 2px 3px);opacity:.5}
.swatch.unjudged{position:static}
.level{position:absolute;left:0;right:0;border-top:1px solid var(--grid)}
.level b{position:absolute;right:100%;margin-right:.4rem;transform:translateY(-50%);color:var(--muted);font:normal .75rem/1 system-ui,sans-serif;white-space:nowrap}
.key{margin:.3rem 0 0;padding:0;list-style:none;color:var(--muted)}
.key li,.legend li{display:flex;align-items:center;gap:.45rem}
.swatch{flex:none;width:1.6rem;height:.85rem;border-radius:.2rem}
.swatch.line{height:0;border-top:2.5px solid var(--joined-mark);border-radius:0}
.swatch.dashes{height:0;border-top:2px dashed var(--bad);border-radius:0}
.swatch.area{background:var(--area)}
@media (max-width:46rem){.picture{--names:0rem}
.lane{grid-template-columns:minmax(0,1fr);margin:.65rem 0}
.name{display:flex;flex-wrap:wrap;gap:0 .5rem;align-items:baseline;padding:0 0 .1rem}
.tick.minor,.hole span{display:none}
.key{display:flex;flex-wrap:wrap;gap:0 .9rem;margin:0}
.level b{right:auto;left:0;margin:0;padding:.1rem .15rem;background:var(--card);border-radius:.2rem}
.level b{z-index:1}}
@media print{.lane{break-inside:avoid}}
`;
