/** The page, its text, the outcome and the facts. */
const BASE_CSS = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:76rem;padding:1.5rem clamp(.9rem,3vw,2rem) 3rem;background:var(--page);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
.id,code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.9em}
.id{white-space:nowrap}
.word{display:inline-block;max-width:100%}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
header{margin:0 0 1.25rem}
header p{margin:0}
.kicker{color:var(--muted);font-size:.875rem}
h1{margin:.1rem 0;font-size:clamp(1.6rem,5vw,2.2rem);line-height:1.2;letter-spacing:-.01em}
.images{color:var(--muted)}
section{margin:0 0 1.25rem;padding:1.1rem clamp(.9rem,2.5vw,1.5rem) 1.25rem;background:var(--card);border:1px solid var(--line);border-radius:.6rem}
h2{margin:0 0 .75rem;font-size:1.1rem;line-height:1.3}
h3{margin:1rem 0 .3rem;font-size:.875rem;color:var(--muted);font-weight:600}
small{display:block;color:var(--muted);font-size:.8125rem;line-height:1.35}
.outcome{border-left:.4rem solid var(--tone)}
.outcome.good{--tone:var(--good);--ground:var(--good-ground)}
.outcome.busy{--tone:var(--busy);--ground:var(--busy-ground)}
.outcome.bad{--tone:var(--bad);--ground:var(--bad-ground)}
.badge{display:inline-block;padding:.15rem .7rem;border-radius:1rem;background:var(--ground);color:var(--tone);font-weight:700}
.happened{margin:.2rem 0 0;font-size:1.15rem;line-height:1.45}
.flaw{margin:.75rem 0 0;padding:.5rem .75rem;background:var(--busy-ground);border-radius:.35rem}
.flaw b{color:var(--busy)}
.next{margin:0;padding-left:1.2rem}
.next li{margin:.2rem 0}
code{padding:.12em .4em;background:var(--code);border-radius:.3em;-webkit-box-decoration-break:clone;box-decoration-break:clone}
pre{margin:.5rem 0 0;padding:.6rem .75rem;max-height:30rem;overflow:auto;background:var(--code);border-radius:.35rem;font-size:.8125rem;line-height:1.4;white-space:pre-wrap}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:.35rem 2rem;margin:0}
dl div{display:grid;grid-template-columns:6rem 1fr;gap:.75rem;padding:.3rem 0;border-top:1px solid var(--grid)}
dt{color:var(--muted)}
dd{margin:0}
footer{color:var(--muted);font-size:.875rem}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:.2rem}
@media print{@page{margin:12mm}
body{max-width:none;padding:0;background:#fff;font-size:10pt}
section{padding:.6rem 0;border-width:1px 0 0;border-radius:0}
.outcome{padding-left:.8rem}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
`;

/** Two themes, light unless the reader's system is dark; on paper always light. Text on its ground has 4.5:1 or more. */
const COLOUR_CSS = `
:root{color-scheme:light;
--page:#f4f5f7;--card:#fff;--ink:#1a1f26;--muted:#545d69;--line:#d5dae1;--grid:#e6e9ee;--code:#eef1f5;--link:#0b5cad;
--good:#1a7045;--good-ground:#e3f4ea;--busy:#7d5200;--busy-ground:#fff3d6;--bad:#b3212f;--bad-ground:#fde8e9;
--booting:#d9dee5;--booting-mark:#b4bcc8;--booting-ink:#1a1f26;
--joined:#c3ddf8;--joined-mark:#4f8fd0;--joined-ink:#0c2a4a;
--voter:#86b6ea;--voter-mark:#3f7fc4;--voter-ink:#08203a;
--service:#1f7a50;--service-ink:#fff;
--draining:#f6cf6b;--draining-mark:#b98508;--draining-ink:#3b2900;
--leaving:#f0a46a;--leaving-mark:#b45c14;--leaving-ink:#3d1c00;
--left-mark:#9aa3af;
--problem:#b3212f;--problem-mark:#e26a75;--problem-ink:#fff;
--leader:#5b3fb0;--leader-ground:#e7e1f8;--leader-ink:#33206f;
--stage:#dfe4ea;--stage-ink:#1a1f26;--area:#bfe3cf}
@media (prefers-color-scheme:dark){:root{color-scheme:dark;
--page:#0e1116;--card:#161b22;--ink:#e8ecf1;--muted:#a0aab7;--line:#2f3742;--grid:#252c36;--code:#222a34;--link:#7ab7ff;
--good:#6fd6a0;--good-ground:#10301f;--busy:#f0c15c;--busy-ground:#332606;--bad:#ff9aa2;--bad-ground:#3a1418;
--booting:#39424e;--booting-mark:#566170;--booting-ink:#e8ecf1;
--joined:#1f3d5e;--joined-mark:#5f9fe0;--joined-ink:#dcecff;
--voter:#2f68a8;--voter-mark:#79b2ef;--voter-ink:#fff;
--service:#4fc08a;--service-ink:#04150c;
--draining:#d8a92f;--draining-mark:#7d5c05;--draining-ink:#241900;
--leaving:#d9813c;--leaving-mark:#7f3f0b;--leaving-ink:#240f00;
--left-mark:#6d7886;
--problem:#e5616d;--problem-mark:#8a1722;--problem-ink:#1f0306;
--leader:#b9a3ff;--leader-ground:#2f2550;--leader-ink:#ddd2ff;
--stage:#2c3541;--stage-ink:#e8ecf1;--area:#1f4a35}}
`;

/** The timeline: rows of one grid, a column of names and one of time. On a phone the name goes above its row. */
const TIMELINE_CSS = `
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
.stage.rollback{background:var(--draining);color:var(--draining-ink)}
.leader{background:var(--leader-ground);color:var(--leader-ink);box-shadow:inset 0 -3px var(--leader)}
.bar.leader{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.75rem}
.leaderless{background:repeating-linear-gradient(45deg,var(--problem) 0 3px,var(--card) 3px 6px)}
.leaderless span{background:var(--problem);color:var(--problem-ink)}
.write-gap{position:absolute;top:0;bottom:0;min-width:4px;background:var(--problem);outline:1px solid var(--card)}
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

/** The states of a server: a colour each, and a pattern, so that none is told by colour alone. */
const STATE_CSS = `
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
.problem.state{background:repeating-linear-gradient(45deg,transparent 0 4px,var(--problem-mark) 4px 5px),repeating-linear-gradient(135deg,var(--problem) 0 4px,var(--problem-mark) 4px 5px)}
.problem.state span{background:var(--problem);color:var(--problem-ink)}
.led{position:absolute;bottom:-4px;height:3px;background:var(--leader)}
.gone{position:absolute;top:.25rem;bottom:.25rem;width:3px;background:var(--ink)}
.swatch.led,.swatch.gone{position:static}
.swatch.led{height:3px}
.swatch.hole{position:static;border-radius:0}
.swatch.gone{width:3px;height:.85rem;margin:0 .65rem}
@media (forced-colors:active){.bar,.swatch,.led,.gone,.write-gap{forced-color-adjust:none}}
`;

/** Tables, what folds them, and the choice of events. */
const TABLE_CSS = `
table{width:100%;border-collapse:collapse;font-size:.9rem}
caption{padding:.5rem 0;text-align:left;color:var(--muted);font-size:.875rem}
th,td{padding:.4rem .75rem .4rem 0;border-top:1px solid var(--grid);text-align:left;vertical-align:top;font-weight:400}
thead th{color:var(--muted);font-size:.8125rem;font-weight:600}
.group small{display:inline}
.when{width:11rem;white-space:nowrap;font-variant-numeric:tabular-nums}
.numbers th,.numbers td{width:25%;font-variant-numeric:tabular-nums}
details{border-top:1px solid var(--grid)}
summary{padding:.6rem 0;cursor:pointer;color:var(--link);font-weight:600}
fieldset{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;margin:0;padding:0;border:0}
legend{float:left;padding:0;margin-right:1.1rem;color:var(--muted)}
label{display:flex;align-items:center;gap:.4rem;min-height:1.75rem;cursor:pointer}
input{width:1.05rem;height:1.05rem;margin:0;accent-color:var(--link)}
.events:has(#show-step:checked) tr.event:not(.step),.events:has(#show-server:checked) tr.event:not(.server),
.events:has(#show-wait:checked) tr.event:not(.wait),.events:has(#show-problem:checked) tr.event:not(.problem){display:none}
.group th{padding-top:1rem;font-weight:700}
.when small{display:inline;margin-left:.5rem}
.events td{padding-top:.3rem;padding-bottom:.3rem}
.sign{padding:.05em .45em;border-radius:.3em;background:var(--bad-ground);color:var(--bad);font-size:.85em}
@media (max-width:46rem){.when{width:1%;padding-right:.9rem}.when small{display:block;margin:0}}
@media print{fieldset{display:none}tr{break-inside:avoid}.group,caption,thead,summary,h2{break-after:avoid}
details::details-content{content-visibility:visible;block-size:auto}
summary{color:var(--ink)}.events tr{display:table-row!important}}
`;

/** All of the page's CSS. */
export const REPORT_CSS = [COLOUR_CSS, BASE_CSS, TIMELINE_CSS, STATE_CSS, TABLE_CSS].join('');
