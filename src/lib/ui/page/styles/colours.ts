/** Two themes, light unless the reader's system is dark; on paper always light. Text on its ground has 4.5:1 or more. */
export const COLOURS = `
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
--trouble:#b3212f;--trouble-mark:#e26a75;--trouble-ink:#fff;
--leader:#5b3fb0;--leader-ground:#e7e1f8;--leader-ink:#33206f;
--stage:#dfe4ea;--stage-ink:#1a1f26;--area:#bfe3cf;--shade:#0000001a}
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
--trouble:#e5616d;--trouble-mark:#8a1722;--trouble-ink:#1f0306;
--leader:#b9a3ff;--leader-ground:#2f2550;--leader-ink:#ddd2ff;
--stage:#2c3541;--stage-ink:#e8ecf1;--area:#1f4a35;--shade:#ffffff1a}}
`;
