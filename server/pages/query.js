"use strict";
const el = (id) => document.getElementById(id);
const example = `{
  system { version position ready degraded killSwitch }
  late(first: 10) { nodes { name { namespace name } freshness { state lateBy says } } }
  next(first: 10) { nodes { state targetName { name } expectedAt says } }
}`;
const remembered = (key, otherwise) => sessionStorage.getItem(key) ?? otherwise;
el("query").value = remembered("query", example);
el("variables").value = remembered("variables", "{}");

async function ask(query, variables) {
  const began = performance.now();
  const r = await fetch("/graphql", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const body = await r.json();
  el("status").textContent = `${r.status}, ${Math.round(performance.now() - began)} ms, position ${r.headers.get("Weir-Position")}`;
  return body;
}

async function run() {
  sessionStorage.setItem("query", el("query").value);
  sessionStorage.setItem("variables", el("variables").value);
  try {
    const variables = JSON.parse(el("variables").value || "{}");
    el("answer").textContent = JSON.stringify(await ask(el("query").value, variables), null, 2);
  } catch (e) {
    el("answer").textContent = String(e);
  }
}

const typeText = (t) => t.kind === "NON_NULL" ? typeText(t.ofType) + "!" : t.kind === "LIST" ? "[" + typeText(t.ofType) + "]" : t.name;
const schemaQuery = `{ __schema { types { kind name description
  fields { name description args { name type { ...T } } type { ...T } }
  inputFields { name type { ...T } } enumValues { name } } } }
  fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`;

async function schema() {
  const body = await ask(schemaQuery, {});
  if (!body.data) {
    el("answer").textContent = JSON.stringify(body, null, 2);
    return;
  }
  el("answer").textContent = body.data.__schema.types.filter((t) => !t.name.startsWith("__")).map((t) => {
    const fields = (t.fields ?? t.inputFields ?? []).map((f) => {
      const args = (f.args ?? []).map((a) => `${a.name}: ${typeText(a.type)}`).join(", ");
      return `  ${f.name}${args && "(" + args + ")"}: ${typeText(f.type)}${f.description ? "   # " + f.description : ""}`;
    });
    const values = (t.enumValues ?? []).map((v) => "  " + v.name);
    return `# ${t.description ?? ""}\n${t.kind.toLowerCase()} ${t.name} {\n${fields.concat(values).join("\n")}\n}`;
  }).join("\n\n");
}

el("run").addEventListener("click", run);
el("schema").addEventListener("click", schema);
document.addEventListener("keydown", (e) => {
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
    e.preventDefault();
    run();
  }
});
