import { readFileSync } from 'node:fs';
import type { JsonSchema } from '../openapi/components.ts';
import { escapeHtml, htmlPage, inline, type HtmlPage } from './html.ts';
import { operationHtml, type Operation } from './operation-html.ts';
import type { Schemas } from './schema-html.ts';

/** The API as one page to read, search and try, made from its OpenAPI document. */
export function docsPage(document: JsonSchema): HtmlPage {
  const info = document['info'] as { title: string; version: string; description: string };
  const { schemas } = document['components'] as { schemas: Schemas };
  const tags = document['tags'] as readonly { name: string; description: string }[];
  const operations = operationsOf(document);
  const groups = tags.map((tag) => ({
    ...tag,
    operations: operations.filter(({ definition }) => (definition['tags'] as string[])[0] === tag.name),
  }));
  const body = `<nav>
<p class="brand">Headgate <span>${escapeHtml(info.version)}</span></p>
<input id="search" type="search" placeholder="Search operations" aria-label="Search operations" autocomplete="off">
${groups.map(({ name, operations: list }) => navGroup(name, list)).join('')}
<p id="nothing" hidden>Nothing fits.</p>
</nav>
<main>
<h1>Headgate API</h1>
<p>${inline(info.description)} The same as <a href="/openapi.json">OpenAPI 3.1</a>.</p>
<form id="access"><label><span>Token for “Try it”</span><input id="token" type="password" autocomplete="off" placeholder="hg_…"></label>
<p class="hint">Stays in this tab; it is forgotten when the page is closed.</p></form>
${groups.map((group) => `<h2 class="group">${escapeHtml(group.name)}</h2><p class="group">${inline(group.description)}</p>${group.operations.map((operation) => operationHtml(operation, schemas)).join('')}`).join('')}
</main>`;
  return htmlPage('Headgate API', body, readFileSync(new URL('page.js', import.meta.url), 'utf8'));
}

function navGroup(name: string, operations: readonly Operation[]): string {
  const links = operations.map(
    ({ method, definition }) =>
      `<li><a href="#${String(definition['operationId'])}"><span class="method ${method}">${method.toUpperCase()}</span>${escapeHtml(definition['summary'])}</a></li>`,
  );
  return `<h2>${escapeHtml(name)}</h2><ul>${links.join('')}</ul>`;
}

/** Every operation once, with its other paths beside it. */
function operationsOf(document: JsonSchema): readonly Operation[] {
  const all = Object.entries(document['paths'] as Record<string, Record<string, JsonSchema>>).flatMap(
    ([path, methods]) => Object.entries(methods).map(([method, definition]) => ({ method, path, definition })),
  );
  return all
    .filter(({ definition }) => definition['x-alias-of'] === undefined)
    .map((operation) => ({
      ...operation,
      aliases: all
        .filter(({ definition }) => definition['x-alias-of'] === operation.definition['operationId'])
        .map(({ path }) => path),
    }));
}
