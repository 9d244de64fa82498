/** The page, its text, the outcome and the facts. */
export const BASE = `
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
