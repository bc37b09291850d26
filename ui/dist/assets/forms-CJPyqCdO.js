function e(e,t){let n=e=>{let t=e==null?``:String(e);return typeof e==`string`&&/^[=+\-@\t\r\n]/.test(t)&&(t=`'${t}`),/[",\r\n]/.test(t)?`"${t.replaceAll(`"`,`""`)}"`:t};return[e,...t].map(e=>e.map(n).join(`,`)).join(`\r
`)+`\r
`}function t(e,t){let n=e=>String(e??``).replace(/[\\|`<>[\]!*_]/g,`\\$&`).replace(/\s+/g,` `),r=e=>`| ${e.map(n).join(` | `)} |`;return[r(e),`|${e.map(()=>` --- `).join(`|`)}|`,...t.map(r)].join(`
`)+`
`}function n(e){return`'${e.replaceAll(`'`,`'\\''`)}'`}export{t as n,n as r,e as t};