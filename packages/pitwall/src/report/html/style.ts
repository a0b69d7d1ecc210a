/**
 * The style sheet of the HTML report. Colours are custom properties with a light and a dark set; text on its background has
 * a contrast of at least 4.5 : 1 in both (WCAG 2.2, 1.4.3), marks in charts at least 3 : 1 (1.4.11).
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --text: #1b1f27; --soft: #59606d; --line: #dfe3e9; --code: #f0f2f5;
  --good: #14713c; --miss: #0b6a8a; --warn: #8a5200; --bad: #b3261e; --unknown: #6b3fa0;
  --good-bg: #e2f3e8; --miss-bg: #e0f1f7; --warn-bg: #fdeed3; --bad-bg: #fce4e2; --unknown-bg: #eee6f8; --plain-bg: #eceff3;
  --new: #1d5fd1; --old: #7b8494; --band: #1b1f2718;
  --p50: #1d5fd1; --p90: #7440c4; --p99: #b01a8e; --slip: #9a6200; --busy: #0b7a75;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12151a; --card: #1a1e25; --text: #e6e9ee; --soft: #a2abb9; --line: #303743; --code: #222833;
    --good: #6fd08f; --miss: #6cc6e6; --warn: #f0b45a; --bad: #ff8f86; --unknown: #c3a3f0;
    --good-bg: #173524; --miss-bg: #14323d; --warn-bg: #3d2d12; --bad-bg: #451f1d; --unknown-bg: #30234a; --plain-bg: #2a313c;
    --new: #7aa9ff; --old: #8e98a8; --band: #e6e9ee20;
    --p50: #7aa9ff; --p90: #b99cff; --p99: #ff86d8; --slip: #e0b052; --busy: #4fc9c2;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; overflow-wrap: anywhere; }
main, header, footer { max-width: 1040px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 32px; }
h1 { margin: 0; font-size: 28px; line-height: 1.2; letter-spacing: -0.01em; }
h1 small { font-size: 17px; font-weight: 400; color: var(--soft); letter-spacing: 0; margin-left: 8px; }
h2 { margin: 0 0 4px; font-size: 18px; }
h3 { margin: 0; font-size: 15px; }
p { margin: 0 0 8px; text-wrap: pretty; }
.soft { color: var(--soft); }
.mark-text { color: var(--warn); }
.small { font-size: 13px; }
header p { margin: 4px 0 0; }
.tiles { display: flex; flex-wrap: wrap; gap: 10px; margin: 20px 0 0; padding: 0; list-style: none; }
.tiles li { flex: 1 1 96px; padding: 10px 14px; border-radius: 10px; border: 1px solid var(--line); background: var(--card); }
.tiles b { display: block; font-size: 24px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tiles .good b { color: var(--good); } .tiles .bad b { color: var(--bad); } .tiles .warn b { color: var(--warn); }
.tiles .miss b { color: var(--miss); } .tiles .unknown b { color: var(--unknown); }
section { margin: 20px 0; padding: 20px 24px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.badge { display: inline-block; padding: 1px 8px; border-radius: 6px; font-size: 12px; font-weight: 650; letter-spacing: 0.02em; white-space: nowrap; background: var(--plain-bg); }
.badge.good { color: var(--good); background: var(--good-bg); } .badge.miss { color: var(--miss); background: var(--miss-bg); }
.badge.warn { color: var(--warn); background: var(--warn-bg); } .badge.bad { color: var(--bad); background: var(--bad-bg); }
.badge.unknown { color: var(--unknown); background: var(--unknown-bg); }
td.good { color: var(--good); } td.bad { color: var(--bad); } td.warn { color: var(--warn); } td.miss { color: var(--miss); } td.unknown { color: var(--unknown); }
table { width: 100%; border-collapse: collapse; margin: 12px 0 4px; font-size: 14px; }
th { text-align: left; font-size: 12px; font-weight: 600; color: var(--soft); padding: 6px 10px; border-bottom: 1px solid var(--line); vertical-align: bottom; }
td { padding: 7px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
th:first-child, td:first-child { padding-left: 0; } th:last-child, td:last-child { padding-right: 0; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th, td.n, td.w { overflow-wrap: normal; }
td.n.free { white-space: normal; overflow-wrap: anywhere; }
tr.second td { color: var(--soft); } tr.second td:first-child { color: var(--text); }
tr.joined td { border-bottom: 0; padding-bottom: 0; }
code, pre { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { margin: 6px 0 8px; padding: 10px 12px; background: var(--code); border-radius: 8px; white-space: pre-wrap; }
.item { padding: 16px 0; border-top: 1px solid var(--line); }
.item:first-child { border-top: 0; padding-top: 8px; } .item:last-child { padding-bottom: 0; }
.item h3 { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline; margin-bottom: 6px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 8px 0; font-size: 14px; }
dt { color: var(--soft); } dd { margin: 0; min-width: 0; }
ul.plain { margin: 8px 0 0; padding-left: 20px; }
details { margin-top: 10px; }
summary { cursor: pointer; color: var(--soft); font-size: 14px; }
figure { margin: 22px 0 0; }
details table { margin-bottom: 12px; }
summary .badge { margin-right: 6px; } summary b { color: var(--text); }
figcaption { color: var(--soft); font-size: 13px; margin-bottom: 8px; }
figcaption b { color: var(--text); font-size: 15px; display: block; }
.banner { padding: 8px 12px; border-radius: 8px; }
.banner.bad { color: var(--bad); background: var(--bad-bg); } .banner.good { color: var(--good); background: var(--good-bg); } .banner.warn { color: var(--warn); background: var(--warn-bg); }
b.bad { color: var(--bad); } dd.good { color: var(--good); } dd.warn { color: var(--warn); }
section .tiles { margin: 12px 0 4px; } section .tiles li { background: var(--page); } section .tiles b { font-size: 20px; white-space: nowrap; }
.part { margin-top: 22px; }
.panel { margin-top: 10px; }
.panel-head { display: flex; flex-wrap: wrap; gap: 0 14px; align-items: baseline; font-size: 12.5px; color: var(--soft); }
.panel-head b { font-weight: 600; color: var(--text); }
.key::before { content: ""; display: inline-block; width: 16px; margin-right: 5px; vertical-align: 3px; border-top: 3px solid var(--k); }
.key.old::before, .key.planned::before { border-top: 2px dashed var(--k); } .key.p90::before { border-top: 2px dotted var(--k); }
.key.failed::before { width: 11px; height: 11px; margin-right: 4px; vertical-align: -1px; border: 0; background: var(--k); }
.ramp { display: inline-flex; align-items: center; white-space: nowrap; } .ramp i { width: 14px; height: 11px; background: var(--k); opacity: var(--o, 1); } .ramp i:first-of-type { margin-left: 5px; } .ramp i:last-of-type { margin-right: 5px; }
.panel-plot { display: grid; grid-template-columns: 1fr max-content; } svg.beside { display: block; }
.p50, .flow, .response, .line0 { --k: var(--p50); } .p90, .service, .line3 { --k: var(--p90); } .p99, .line1 { --k: var(--p99); }
.slip, .line2 { --k: var(--slip); } .busy { --k: var(--busy); } .failed { --k: var(--bad); } .planned, .key.old { --k: var(--old); }
.heat { --k: var(--new); } .s0 { --o: 0.12; } .s1 { --o: 0.22; } .s2 { --o: 0.34; } .s3 { --o: 0.48; } .s4 { --o: 0.64; } .s5 { --o: 0.82; }
footer { padding-bottom: 40px; color: var(--soft); font-size: 13px; }
svg.chart { display: block; overflow: hidden; font-size: 12.5px; }
svg text { fill: var(--text); paint-order: stroke; stroke: var(--card); stroke-width: 4px; stroke-linejoin: round; } svg .tick, svg .legend { fill: var(--soft); font-size: 12px; }
svg .narrow { display: none; }
svg .heading { font-weight: 650; font-size: 13.5px; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .one { stroke: var(--soft); stroke-width: 1.5; }
svg .band { fill: var(--band); }
svg .span { stroke-width: 2; } svg .span.new { stroke: var(--new); opacity: 0.45; } svg .span.old { stroke: var(--old); opacity: 0.5; }
svg .span.level { stroke: var(--new); opacity: 0.55; } svg .border { stroke: var(--old); stroke-width: 1.6; stroke-dasharray: 5 4; }
svg .mark.new { fill: var(--new); } svg .mark.old { fill: var(--card); stroke: var(--old); stroke-width: 1.6; }
svg .cross { fill: var(--bad); font-size: 18px; font-weight: 700; }
svg .whisker { stroke-width: 2; }
svg .whisker.good { stroke: var(--good); } svg .whisker.bad { stroke: var(--bad); } svg .whisker.open { stroke: var(--soft); }
svg .mark.good { fill: var(--good); } svg .mark.bad { fill: var(--bad); } svg .mark.open { fill: var(--card); stroke: var(--soft); stroke-width: 1.8; }
svg .curve { fill: none; stroke: var(--k); stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round; stroke-linecap: round; }
svg .curve.old { stroke: var(--old); } svg .curve.old, svg .curve.planned { stroke-width: 1.5; stroke-dasharray: 5 4; }
svg .curve.p90 { stroke-dasharray: 1 3.5; } svg .curve.flow, svg .curve.busy { stroke-width: 1.5; }
svg .fill { fill: var(--k); opacity: 0.16; } svg .fill.waited { fill: var(--slip); opacity: 0.2; }
svg .heat { fill: var(--k); opacity: var(--o, 1); shape-rendering: crispEdges; } svg .failed { fill: var(--k); }
@media screen and (max-width: 860px) {
  svg .narrow { display: inline; } svg .wide { display: none; }
  main, header, footer { padding-left: 12px; padding-right: 12px; }
  header { padding-top: 20px; }
  section { padding: 16px 14px; margin: 12px 0; }
  h1 small { display: block; margin: 0; }
  dl { grid-template-columns: 1fr; } dd { margin-bottom: 6px; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, td { display: block; }
  tr { display: grid; grid-template-columns: 1fr 1fr; column-gap: 16px; padding: 8px 0; border-bottom: 1px solid var(--line); } tr:last-child, tr.joined { border-bottom: 0; }
  td, td.n { display: grid; grid-column: 1 / -1; grid-template-columns: 84px 1fr; gap: 12px; padding: 2px 0; border: 0; text-align: left; white-space: normal; }
  td::before { content: attr(data-label); color: var(--soft); font-weight: 400; }
  td.n { grid-column: auto; grid-template-columns: auto 1fr; gap: 8px; }
  td.void { display: none; }
  td > div { min-width: 0; }
  tr.joined { padding-bottom: 2px; } tr.after { padding-top: 2px; }
}
@media print {
  :root { color-scheme: light; --page: #fff; }
  body, table, dl { font-size: 10pt; } main, header, footer { padding: 0; max-width: none; } th, td { padding-left: 6px; padding-right: 6px; }
  section { border: 0; padding: 0; break-inside: auto; }
  .item, .panel, tr { break-inside: avoid; }
  svg .heat, svg .fill, .key::before, .badge, .banner { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  details::details-content { content-visibility: visible; display: block; }
}
`;
