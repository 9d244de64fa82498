/** Tables, what folds them, and the choice of events. */
export const TABLES = `
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
.events:has(#show-wait:checked) tr.event:not(.wait),.events:has(#show-trouble:checked) tr.event:not(.trouble){display:none}
.group th{padding-top:1rem;font-weight:700}
.when small{display:inline;margin-left:.5rem}
.events td{padding-top:.3rem;padding-bottom:.3rem}
.sign{padding:.05em .45em;border-radius:.3em;background:var(--bad-ground);color:var(--bad);font-size:.85em}
@media (max-width:46rem){.when{width:1%;padding-right:.9rem}.when small{display:block;margin:0}}
@media print{fieldset{display:none}tr{break-inside:avoid}.group,caption,thead,summary,h2{break-after:avoid}
details::details-content{content-visibility:visible;block-size:auto}
summary{color:var(--ink)}.events tr{display:table-row!important}}
`;
