// Fails when English stands in a component, and not in src/texts: between tags, in
// what is put there, or in an attribute that people read or hear. Sentences that are
// made elsewhere (of manifests, say, as the command makes them) are not looked at.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../src/', import.meta.url))
const heard = new Set(['title', 'label', 'aria-label', 'alt', 'placeholder', 'says'])
/** names are written alike in every language, and so is what stands in these tags. */
const names = new Set(['weir'])
const verbatim = new Set(['code', 'kbd', 'pre'])

const found = []
for (const path of readdirSync(root, { recursive: true }).filter((f) => f.endsWith('.tsx')).sort()) {
  const file = ts.createSourceFile(path, readFileSync(root + path, 'utf8'), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX)
  const tell = (node, text) => {
    const words = text.match(/\p{L}{2,}/gu) ?? []
    if (words.some((w) => !names.has(w))) found.push(`src/${path}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}: ${text.trim()}`)
  }
  /** shown looks at an expression whose value is seen. */
  const shown = (e) => {
    if (ts.isStringLiteralLike(e)) tell(e, e.text)
    else if (ts.isTemplateExpression(e)) tell(e, [e.head, ...e.templateSpans.map((s) => s.literal)].map((p) => p.text).join(' '))
    else if (ts.isConditionalExpression(e)) [e.whenTrue, e.whenFalse].forEach(shown)
    else if (ts.isBinaryExpression(e)) shown(e.right)
    else if (ts.isParenthesizedExpression(e)) shown(e.expression)
    else if (ts.isArrayLiteralExpression(e)) e.elements.forEach(shown)
  }
  const look = (node) => {
    const within = node.parent && ts.isJsxElement(node.parent) ? node.parent.openingElement.tagName.getText(file) : ''
    if (ts.isJsxText(node) && !verbatim.has(within)) tell(node, node.text)
    if (ts.isJsxExpression(node) && node.expression && !ts.isJsxAttribute(node.parent) && !verbatim.has(within)) shown(node.expression)
    if (ts.isJsxAttribute(node) && heard.has(node.name.getText(file)) && node.initializer) shown(ts.isJsxExpression(node.initializer) ? node.initializer.expression : node.initializer)
    ts.forEachChild(node, look)
  }
  look(file)
}

if (found.length > 0) {
  console.error(`English outside src/texts:\n${found.join('\n')}`)
  process.exit(1)
}
