/** The one style sheet. Orange and blue (live, desired) stay apart under every colour blindness; shapes say it again. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#fbfaf8;--panel:#fff;--ink:#1c2127;--soft:#565d66;--line:#dfe0e2;--link:#0b5394;
--focus:#0b5394;--drifted:#9a4a00;--drifted-bg:#fdf0e1;--error:#8b1a5c;--error-bg:#fbeaf3;--sync:#0b6357;--sync-bg:#e5f3f0;
--unknown:#4c5560;--unknown-bg:#eceef0;--live:#7d3b00;--live-bg:#fdeedd;--want:#0a4a86;--want-bg:#e6f0fb;--info-bg:#eaf1f9}
@media screen and (prefers-color-scheme:dark){:root{--bg:#14181d;--panel:#1b2027;--ink:#e4e7ea;--soft:#a3abb5;--line:#323942;--link:#8cc4ff;
--focus:#8cc4ff;--drifted:#ffb866;--drifted-bg:#33240f;--error:#f59ccb;--error-bg:#361a2a;--sync:#76d3c3;--sync-bg:#12312c;
--unknown:#b9c1ca;--unknown-bg:#2a3038;--live:#ffc078;--live-bg:#302210;--want:#9ccbff;--want-bg:#12283f;--info-bg:#182a3d}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
code,pre,.address{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.9em}
a{color:var(--link);text-underline-offset:.15em}
a:hover{text-decoration-thickness:2px}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:3px}
main:focus{outline:none}
h1{font-size:1.75rem;line-height:1.2;margin:0;letter-spacing:-.01em;overflow-wrap:anywhere;font-weight:650}
h2{font-size:1.15rem;margin:2rem 0 .6rem;overflow-wrap:anywhere}
h3,h4{font-size:1rem;margin:0;font-weight:600;overflow-wrap:anywhere}
p{margin:.3rem 0}
time{white-space:nowrap}
.wide{max-width:76rem;margin:0 auto;padding:0 1.25rem}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--panel);padding:.5rem 1rem;z-index:2}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.top{border-bottom:1px solid var(--line);background:var(--panel)}
.top .wide{display:flex;align-items:center;gap:.2rem 2rem;flex-wrap:wrap;min-height:3.2rem}
.top .brand{padding:.4rem 0}
.brand{font-weight:700;color:inherit;text-decoration:none}
.top nav{display:flex;gap:1.4rem}
.top nav a{color:var(--soft);text-decoration:none;padding:.7rem 0;border-bottom:3px solid transparent}
.top nav a:hover{color:var(--ink)}
.top nav a[aria-current]{color:var(--ink);border-color:var(--link);font-weight:600}
main.wide{padding-top:1.75rem;padding-bottom:2rem}
.crumbs{font-size:.9rem;color:var(--soft);margin-bottom:.6rem}
.headline{display:flex;justify-content:space-between;align-items:flex-start;gap:1rem;flex-wrap:wrap;margin-bottom:1.2rem}
.headline>p,.headline>div>p{color:var(--soft);margin:.45rem 0 0;font-size:1.02rem}
.headline>p{width:100%;margin-top:-.55rem}
.tiles{list-style:none;margin:0 0 1.5rem;padding:0;display:grid;grid-template-columns:repeat(4,1fr);gap:.75rem}
.tile{display:flex;align-items:baseline;gap:.5rem;padding:.8rem 1rem;border:1px solid var(--line);border-left:4px solid var(--c);border-radius:8px;background:var(--panel);color:inherit;text-decoration:none}
.tile:hover{border-color:var(--c)}
.tile .icon{color:var(--c);align-self:center;width:1.15rem;height:1.15rem;flex:none}
.tile .number{font-size:1.6rem;line-height:1.15;font-weight:650;font-variant-numeric:tabular-nums}
.tile.none{border-left-color:var(--line)}
.tile.none .number,.tile.none .icon{color:var(--soft)}
.drifted{--c:var(--drifted);--cb:var(--drifted-bg)}.error{--c:var(--error);--cb:var(--error-bg)}
.in_sync{--c:var(--sync);--cb:var(--sync-bg)}.unknown{--c:var(--unknown);--cb:var(--unknown-bg)}
.icon{fill:none;stroke:currentColor;stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round;flex:none}
.badge{display:inline-flex;align-items:center;gap:.35rem;padding:.08rem .6rem .08rem .4rem;border-radius:99px;background:var(--cb);color:var(--c);font-size:.86rem;font-weight:600;white-space:nowrap;vertical-align:middle;margin:.1rem .1rem .1rem 0}
.badge.plain{background:none;color:var(--soft);border:1px dashed var(--soft);padding:.02rem .55rem}
.badge.unknown{border:1px dashed var(--c)}
.labels{display:inline-flex;flex-wrap:wrap;gap:.25rem;vertical-align:middle}
.label{font-size:.78rem;color:var(--soft);border:1px solid var(--line);border-radius:4px;padding:0 .35rem;overflow-wrap:anywhere;font-weight:400}
.sub{display:block;color:var(--soft);font-weight:400;font-size:.86rem;overflow-wrap:anywhere}
h2 .sub{display:inline;margin-left:.3rem}
.quiet,.none{color:var(--soft)}
.filters{display:flex;flex-wrap:wrap;gap:.6rem .9rem;align-items:flex-end;margin:0 0 1.25rem}
.filters .fields{display:flex;flex-wrap:wrap;gap:.6rem .9rem;margin-top:.5rem}
.filters details{align-self:flex-end;margin:0}
.filters details[open]{flex-basis:100%}
.filters label{font-size:.82rem;color:var(--soft);display:flex;flex-direction:column;gap:.15rem}
input,select,button{font:inherit;font-size:.95rem;color:var(--ink);background:var(--panel);border:1px solid #858c95;border-radius:6px;padding:.32rem .6rem;min-height:2.2rem}
input{width:11.5rem}select{max-width:12rem}
::placeholder{color:var(--soft);opacity:1}
button{cursor:pointer;font-weight:600}
button:hover{border-color:var(--ink)}
button.primary{background:var(--link);border-color:var(--link);color:var(--panel);padding:.4rem 1.1rem}
button[disabled]{background:none;color:var(--soft);border-style:dashed;border-color:var(--soft);cursor:default}
.buttons{display:flex;gap:.8rem;align-items:center}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.6rem .8rem .6rem 0;font-weight:400}
thead th{font-size:.82rem;color:var(--soft);padding-top:.2rem;padding-bottom:.35rem;border-bottom:1px solid var(--line);white-space:nowrap}
thead a{color:inherit;text-decoration:none;display:inline-block}
thead a:hover{text-decoration:underline}
th[aria-sort]{color:var(--ink);font-weight:600}
tbody tr{border-bottom:1px solid var(--line)}
.checks tbody th{font-weight:600;min-width:15rem}
.checks tbody th a{overflow-wrap:anywhere}
.checks td:nth-child(3){width:36%}
.groups td:nth-child(2){width:42%}.groups td:nth-child(3){width:auto}
.shared{margin-bottom:1.6rem}.shared ul{list-style:none;padding:0;margin:.4rem 0}.shared li{margin:.55rem 0}
.counts{color:var(--soft)}
.failure{display:block;color:var(--error);font-size:.88rem;overflow-wrap:anywhere;font-weight:400}
.banner{border-left:4px solid var(--c);background:var(--cb);padding:.6rem .9rem;border-radius:4px;margin:.7rem 0;overflow-wrap:anywhere}
.banner.warn{--c:var(--drifted);--cb:var(--drifted-bg)}.banner.info{--c:var(--link);--cb:var(--info-bg)}
.banner ul{margin:.3rem 0;padding-left:1.2rem}
.message{white-space:pre-wrap}
.card{border:1px solid var(--line);border-radius:8px;background:var(--panel);margin:.8rem 0;overflow:hidden;break-inside:avoid-page}
.card header{padding:.65rem .9rem}
.card>.quiet{padding:0 .9rem .6rem}
.address{font-size:.95rem}
.sign{display:inline-block;width:1.45rem;height:1.45rem;line-height:1.4rem;text-align:center;border-radius:4px;background:var(--unknown-bg);color:var(--unknown);margin-right:.5rem;font-weight:700;font-family:ui-monospace,monospace}
.sign.delete,.sign.replace{background:var(--error-bg);color:var(--error)}
.why{color:var(--soft);font-size:.9rem;display:flex;flex-wrap:wrap;gap:.1rem 1rem;margin-top:.35rem}
.why strong,.why b{color:var(--ink)}
.why span{overflow-wrap:anywhere}
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.5}
pre.diff{border-top:1px solid var(--line);padding:.3rem 0 .5rem}
pre.diff>*,.legend del,.legend ins{display:block;padding:0 .9rem 0 2.3rem;text-indent:-1.4rem;text-decoration:none}
pre.diff .path{color:var(--soft);padding:.4rem .9rem .15rem;text-indent:0;font-weight:600}
pre.diff .note{color:var(--soft);font-style:italic}
del{color:var(--live);background:var(--live-bg);box-shadow:inset 4px 0 var(--live)}
ins{color:var(--want);background:var(--want-bg);box-shadow:inset 4px 0 var(--want)}
del i,ins i{font-style:normal;font-weight:700}
pre.plain{padding:.7rem .9rem;border:1px solid var(--line);border-radius:6px;background:var(--panel);margin:.5rem 0;max-height:30rem;overflow:auto}
.legend{font-size:.86rem;color:var(--soft)}
.legend del,.legend ins{display:inline-block;padding:0 .6rem;text-indent:0;margin-right:.5rem;border-radius:3px}
details{margin:.6rem 0}
summary{cursor:pointer;color:var(--link);padding:.15rem 0}
.card details{margin:0;padding-bottom:.3rem}.card summary{padding:.2rem .9rem}
details.section>summary{font-weight:600}
.history{display:block;max-width:100%;height:60px;border-bottom:1px solid var(--line)}
.history .hit{fill:transparent}.history g:hover .hit{fill:var(--unknown-bg)}
.history .in_sync{fill:var(--sync)}.history .drifted{fill:var(--drifted)}
.history .error{stroke:var(--error);stroke-width:2.4;fill:none;stroke-linecap:round}
.key{display:inline-block;width:.75rem;height:.75rem;border-radius:2px;background:var(--c);vertical-align:baseline;margin:0 .15rem 0 .7rem}
.key:first-child{margin-left:0}.key.in_sync{height:.25rem}
.key.error{background:none;position:relative}.key.error::before{content:"✕";position:absolute;left:0;bottom:-.3rem;color:var(--c);font-weight:700}
.scroll{overflow:auto;max-height:24rem}
.scroll td,.scroll th{padding:.3rem .8rem .3rem 0;font-size:.88rem;white-space:nowrap}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.5rem 1.5rem;margin:0}
dt{color:var(--soft);font-size:.82rem}dd{margin:0;overflow-wrap:anywhere}
.pager{display:flex;gap:1.2rem;align-items:center;margin:1.2rem 0}
.pager span{color:var(--soft)}
.empty{padding:3rem 0;text-align:center;max-width:40rem;margin:0 auto}
.group h2{border-top:1px solid var(--line);padding-top:1.2rem}
footer{color:var(--soft);font-size:.86rem}
footer.wide{padding-top:.8rem;padding-bottom:2rem}
main+footer::before{content:"";display:block;border-top:1px solid var(--line);margin-bottom:1rem}
.curl h2{font-size:.9rem;margin:.2rem 0}
.copy{user-select:all;background:var(--panel);border:1px solid var(--line);border-radius:5px;padding:.3rem .6rem;overflow-wrap:anywhere;display:inline-block;color:var(--ink)}
@media (max-width:46rem){
.tiles{grid-template-columns:repeat(2,1fr)}
.checks,.checks tbody,.checks tr,.checks th,.checks td{display:block;width:auto!important}
.checks thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.checks tbody tr{padding:.7rem 0}
.checks tbody th,.checks td{padding:.12rem 0}
.checks td[data-label]{display:inline-block;font-size:.86rem;margin-right:1rem}
.checks td[data-label]::before{content:attr(data-label) ": ";color:var(--soft)}
.filters label{flex:1 1 9rem}.filters input,.filters select{width:100%;max-width:none}
}
@media print{
:root{color-scheme:light;--bg:#fff;--panel:#fff;--ink:#000;--soft:#333;--line:#999}
body{font-size:10.5pt}.top nav,.filters,.skip,.pager,form,.curl{display:none}
.wide{max-width:none;padding:0}.tile,.card{break-inside:avoid}
del,ins,.badge,.banner{background:none;border-color:#000}a{color:inherit;text-decoration:none}
}
@media (forced-colors:active){.badge,.tile{border:1px solid}del,ins{border-left:4px solid}}
`;
