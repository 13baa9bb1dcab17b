/** The style sheet of the HTML report: light and dark, wide and narrow, screen and paper. */
export const style = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f5f6f8, #0e1116);
  --card: light-dark(#ffffff, #161b22);
  --sunk: light-dark(#f0f2f5, #1d232c);
  --line: light-dark(#dde1e7, #2c3440);
  --text: light-dark(#1b2330, #e6eaf0);
  --soft: light-dark(#566072, #9aa5b5);
  --link: light-dark(#0b57c2, #7db3ff);
  --good: light-dark(#146c3a, #56d98b);
  --good-soft: light-dark(#e2f4e9, #12301f);
  --warn: light-dark(#8a5300, #f0b357);
  --warn-soft: light-dark(#fdf1dc, #35270f);
  --bad: light-dark(#b3212b, #ff8a8f);
  --bad-soft: light-dark(#fde7e8, #3b1619);
  --calm: light-dark(#3d4a5f, #b4bfce);
  --calm-soft: light-dark(#e9edf2, #232b36);
  --critical: light-dark(#8f0f3f, #ff7fae);
  --high: light-dark(#b3361b, #ff9a7c);
  --medium: light-dark(#8a5300, #f0b357);
  --low: light-dark(#3d5f8f, #8fb8f0);
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  -webkit-text-size-adjust: 100%;
}
.wrap { max-width: 76rem; margin: 0 auto; padding: 2rem 1.5rem 3rem; }
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
h1, h2, h3, h4, p, ul, dl, dd { margin: 0; }
code { font: .88em/1.4 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.place { display: block; color: var(--soft); font-weight: 400; font-size: .85rem; }
.digest { white-space: nowrap; }
.platforms { list-style: none; padding: 0; margin-top: .1rem; color: var(--soft); font-size: .85rem; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem 1rem; }

.top { display: grid; gap: .45rem; padding: 1.4rem 1.6rem 1.3rem; border-radius: 12px; background: var(--card); border: 1px solid var(--line); border-left-width: 6px; }
.top.good { border-left-color: var(--good); }
.top.warn { border-left-color: var(--warn); }
.top.bad { border-left-color: var(--bad); }
.top .kicker { font-size: .78rem; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); font-weight: 600; }
.top h1 { font-size: 1.45rem; line-height: 1.3; letter-spacing: -.01em; text-wrap: balance; }
.top.good h1 .word { color: var(--good); }
.top.warn h1 .word { color: var(--warn); }
.top.bad h1 .word { color: var(--bad); }

.totals { display: grid; grid-template-columns: repeat(auto-fit, minmax(6.4rem, 1fr)); gap: .7rem; margin: 1rem 0 0; }
.totals div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .65rem .9rem .6rem; display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.totals dd { font-size: 1.5rem; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums; }
.totals dt { font-size: .8rem; color: var(--soft); }
.totals .zero dd { color: var(--soft); font-weight: 400; }
.good > dd { color: var(--good); } .warn > dd { color: var(--warn); } .bad > dd { color: var(--bad); }

.next { margin-top: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: .9rem 1.2rem 1rem; }
.next ol { margin: 0; padding-left: 1.3rem; display: grid; gap: .45rem; }
.next li { overflow-wrap: anywhere; }
.next li.bad::marker { color: var(--bad); font-weight: 700; }
.next li.warn::marker { color: var(--warn); font-weight: 700; }
.tools { display: flex; flex-wrap: wrap; gap: .4rem .9rem; align-items: center; margin-bottom: .6rem; font-size: .88rem; }
[hidden] { display: none !important; }
input[type=search], select, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--soft); border-radius: 6px; padding: .2rem .5rem; }
button { cursor: pointer; }
button.sort { border: 0; padding: 0; background: none; font-weight: 600; }
button.sort::after { content: " ↕"; opacity: .45; }
[aria-sort=ascending] button.sort::after { content: " ↑"; opacity: 1; }
[aria-sort=descending] button.sort::after { content: " ↓"; opacity: 1; }
:is(input, select, button, .scroll, pre):focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }

.lineage { margin: 0; }
.lineage .scroll { max-height: 36rem; overflow: auto; padding: .4rem; }
.lineage svg { display: block; font-size: 13px; }
.lineage svg text { fill: var(--text); }
.lineage svg .state { text-anchor: end; font-size: 12px; }
.lineage svg .node { fill: var(--sunk); stroke: var(--line); }
.lineage svg path { fill: none; stroke: var(--soft); stroke-width: 1.6; opacity: .75; }
.lineage svg path.stage { stroke-dasharray: 4 4; opacity: .5; }
.lineage svg a:focus-visible { outline: none; }
.lineage svg a:is(:hover, :focus-visible) .node { stroke: var(--link); stroke-width: 2; }
.lineage svg :is(.edge, .state).good { fill: var(--good); } .lineage svg path.good { stroke: var(--good); }
.lineage svg :is(.edge, .state).warn { fill: var(--warn); } .lineage svg path.warn { stroke: var(--warn); }
.lineage svg :is(.edge, .state).bad { fill: var(--bad); } .lineage svg path.bad { stroke: var(--bad); }
.lineage svg :is(.edge, .state).calm { fill: var(--calm); }
figcaption { color: var(--soft); font-size: .85rem; margin-top: .4rem; }

.bars { display: grid; grid-template-columns: 4.8rem minmax(2.5rem, 1fr) minmax(2.2rem, max-content); gap: .1rem .5rem; min-width: 11rem; align-items: center; font-size: .85rem; font-variant-numeric: tabular-nums; }
.bars b { text-align: right; font-weight: 600; }
.bar { width: 100%; height: .7rem; background: var(--sunk); border-radius: 3px; display: block; }
.bar rect { fill: currentColor; }
.age { display: block; width: 7rem; max-width: 100%; height: .25rem; margin-top: .2rem; background: var(--sunk); border-radius: 2px; }
.age rect { fill: var(--warn); }
.trend { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .8rem; }
.trend figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .65rem .9rem .6rem; }
.trend figcaption { margin: 0 0 .5rem; display: flex; justify-content: space-between; gap: .6rem; }
.trend figcaption b { color: var(--text); font-variant-numeric: tabular-nums; white-space: nowrap; }
.trend svg { display: block; width: 100%; height: 4.5rem; }
.trend .few { max-width: 13rem; }
.trend rect { fill: currentColor; }
.trend rect.good { fill: var(--good); } .trend rect.calm { fill: var(--soft); } .trend rect.warn { fill: var(--warn); } .trend rect.bad { fill: var(--bad); }
.trend rect.none { fill: transparent; } .trend rect.gap { fill: var(--sunk); }
.trend g:hover rect.none { fill: var(--sunk); }
.trend .axis { display: flex; justify-content: space-between; color: var(--soft); font-size: .78rem; margin-top: .25rem; }
@media (min-width: 701px) {
  [data-label=Finding] { min-width: 9.5rem; }
  [data-label=Package] { min-width: 8rem; }
  #image-table table { table-layout: fixed; }
  #image-table :is(th, td):nth-child(1) { width: 17%; overflow-wrap: anywhere; }
  #image-table :is(th, td):nth-child(2) { width: 12%; }
  #image-table :is(th, td):nth-child(3) { width: 21%; }
  #image-table :is(th, td):nth-child(4) { width: 17%; }
  #image-table :is(th, td):nth-child(5) { width: 21%; }
}
.groups { padding-left: 1.1rem; display: grid; gap: .5rem; font-size: .92rem; }
.names { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .1rem .9rem; overflow-wrap: anywhere; }
.lines { margin: 0; padding: .5rem .8rem; border-top: 1px solid var(--line); max-height: 24rem; overflow: auto; tab-size: 18; font: .8rem/1.5 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }

section { margin-top: 2rem; }
section > h2 { font-size: 1.05rem; margin-bottom: .7rem; }
.alerts { list-style: none; padding: 0; display: grid; gap: .5rem; }
.alerts li { background: var(--bad-soft); border-radius: 8px; padding: .55rem .9rem; overflow-wrap: anywhere; }
.alerts b { color: var(--bad); }

table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: .78rem; white-space: nowrap; }
th, td { padding: .38rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child > * { border-bottom: 0; }
td { overflow-wrap: anywhere; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
tbody th { color: var(--text); font-size: inherit; white-space: normal; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
.scroll th, .scroll td { min-width: 4.5rem; }
caption { text-align: left; padding: .5rem .7rem .1rem; font-weight: 600; font-size: .85rem; }

.pill { display: inline-block; padding: .05rem .55rem; border-radius: 99px; font-size: .8rem; font-weight: 600; white-space: nowrap; background: var(--calm-soft); color: var(--calm); }
.pill.good { background: var(--good-soft); color: var(--good); }
.pill.warn { background: var(--warn-soft); color: var(--warn); }
.pill.bad { background: var(--bad-soft); color: var(--bad); }
.severity { font-weight: 600; white-space: nowrap; }
.critical { color: var(--critical); } .high { color: var(--high); } .medium { color: var(--medium); } .low { color: var(--low); }
.negligible, .unknown { color: var(--soft); }
td.zero { color: var(--soft); opacity: .75; }
.delta { white-space: nowrap; font-variant-numeric: tabular-nums; }
.delta .minus { color: var(--good); font-weight: 600; }
.delta .plus { color: var(--bad); font-weight: 600; }

.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; margin-top: 1rem; overflow: hidden; break-inside: avoid-page; }
.card > header { padding: .9rem 1.2rem .75rem; border-bottom: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: .2rem .8rem; align-items: baseline; }
.card > header h3 { font-size: 1.08rem; overflow-wrap: anywhere; }
.card > header .where { flex-basis: 100%; color: var(--soft); font-size: .86rem; }
.card > .body { padding: .95rem 1.2rem 1.1rem; display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.05rem; }
.card h4 + p { margin-bottom: .5rem; }
.card h4 { font-size: .78rem; letter-spacing: .05em; text-transform: uppercase; color: var(--soft); margin-bottom: .35rem; }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem .9rem; font-size: .9rem; }
.facts dt { color: var(--soft); }
.facts dd { overflow-wrap: anywhere; }
.plain { list-style: none; padding: 0; display: grid; gap: .35rem; font-size: .92rem; }
.move { display: inline-flex; flex-wrap: wrap; gap: 0 .4rem; align-items: baseline; }
.box { border-radius: 8px; padding: .7rem .9rem; background: var(--sunk); }
.box.bad { background: var(--bad-soft); } .box.good { background: var(--good-soft); }
.box p { font-size: .92rem; overflow-wrap: anywhere; }
.breaches { list-style: none; padding: 0; margin-top: .55rem; display: grid; gap: .55rem; }
.breaches li { border-top: 1px solid var(--line); padding-top: .5rem; font-size: .92rem; }
.breaches .todo { display: block; }
details { border: 1px solid var(--line); border-radius: 8px; overflow: hidden; margin-top: .5rem; }
summary { cursor: pointer; padding: .45rem .8rem; font-size: .92rem; font-weight: 600; }
summary .soft { font-weight: 400; }
details .scroll { border: 0; border-top: 1px solid var(--line); border-radius: 0; }
.cut { padding: .5rem .8rem; font-size: .88rem; color: var(--soft); }
footer { margin-top: 2.2rem; color: var(--soft); font-size: .85rem; overflow-wrap: anywhere; }

@media (max-width: 700px) {
  .wrap { padding: .8rem .8rem 2rem; }
  .top { padding: 1rem 1.1rem; }
  .top h1 { font-size: 1.2rem; }
  .card > header, .card > .body { padding-left: .9rem; padding-right: .9rem; }
  .totals { grid-template-columns: repeat(3, 1fr); gap: .5rem; }
  .totals div { padding: .5rem .6rem; }
  .facts { grid-template-columns: minmax(0, 1fr); }
  .facts dt { font-size: .8rem; margin-top: .3rem; }
  .cards table, .cards tbody, .cards tr, .cards td, .cards tbody th { display: block; }
  .cards thead { position: absolute; left: -99rem; }
  .cards tr { padding: .6rem .8rem; border-bottom: 1px solid var(--line); }
  .cards tbody tr:last-child { border-bottom: 0; }
  .cards td, .cards tbody th { border: 0; padding: .1rem 0; }
  .cards td[data-label] { position: relative; padding-left: 7rem; min-height: 1.5em; }
  .cards td[data-label]::before { content: attr(data-label); position: absolute; left: 0; color: var(--soft); font-size: .8rem; }
  .cards td.number { text-align: left; }
  .cards td.zero { display: none; }
  .lines { white-space: pre-wrap; overflow-wrap: anywhere; }
}
@media print {
  :root { color-scheme: light; }
  body { background: #fff; font-size: 10pt; }
  .wrap { max-width: none; padding: 0; }
  .top, .totals div, .scroll, .card { border-color: #bbb; }
  .pill, .box, .alerts li { print-color-adjust: exact; }
  details::details-content { display: block; content-visibility: visible; block-size: auto; }
  .scroll, .lineage .scroll, .lines { overflow: visible; max-height: none; }
  .lineage svg { max-width: 100%; height: auto; }
  .lines { white-space: pre-wrap; }
  .tools, #explorer, .skip { display: none; }
  a { color: inherit; text-decoration: none; }
  tr, .breaches li { break-inside: avoid; }
}
`;
