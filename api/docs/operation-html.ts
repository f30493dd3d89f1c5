import type { JsonSchema } from '../openapi/components.ts';
import { escapeHtml, inline } from './html.ts';
import { samplesOf } from './samples.ts';
import { sampleOf, schemaHtml, typeHtml, type Schemas } from './schema-html.ts';

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly aliases: readonly string[];
  readonly definition: JsonSchema;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema; readonly example?: unknown }>>;
interface Response {
  readonly description: string;
  readonly content?: Content;
}

/** One section of the page: what the operation takes and answers, samples, and a form to try it. */
export function operationHtml(operation: Operation, schemas: Schemas): string {
  const { method, path, aliases, definition } = operation;
  const id = String(definition['operationId']);
  const scope = definition['x-scope'];
  const also = aliases.map((alias) => `<code>${escapeHtml(alias)}</code>`).join(', ');
  return `<section id="${id}" class="operation" data-search="${escapeHtml(`${method} ${path} ${String(definition['summary'])} ${id}`.toLowerCase())}">
<h3><span class="method ${method}">${method.toUpperCase()}</span> <code class="path">${escapeHtml(path)}</code></h3>
<p class="summary">${inline(definition['summary'])} ${scope === undefined ? '<span class="scope">no token</span>' : `<span class="scope">scope ${escapeHtml(scope)}</span>`}</p>
${definition['description'] === undefined ? '' : `<p>${inline(definition['description'])}</p>`}
${also === '' ? '' : `<p class="also">Also at ${also}</p>`}
<div class="columns"><div>
${parametersHtml(parametersOf(definition))}
${bodyHtml(definition, schemas)}
${responsesHtml(definition['responses'] as Record<string, Response>, schemas)}
</div><div class="aside">
${samplesHtml(operation)}
${answerHtml(definition['responses'] as Record<string, Response>, schemas)}
${tryHtml(operation)}
</div></div>
</section>`;
}

function parametersOf(definition: JsonSchema): readonly Parameter[] {
  return (definition['parameters'] ?? []) as readonly Parameter[];
}

function parametersHtml(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return '';
  const items = parameters.map(
    (
      parameter,
    ) => `<li><span class="name">${escapeHtml(parameter.name)}</span> <span class="type">${typeHtml(parameter.schema)}</span>
<span class="optional">${parameter.in}${parameter.required ? ', required' : ''}</span>
${parameter.description === undefined ? '' : `<p>${inline(parameter.description)}</p>`}</li>`,
  );
  return `<h4>Parameters</h4><ul class="fields">${items.join('')}</ul>`;
}

function requestOf(definition: JsonSchema): { schema: JsonSchema; example: unknown; required: boolean } | undefined {
  const body = definition['requestBody'] as { required: boolean; content: Content } | undefined;
  const json = body?.content['application/json'];
  return body === undefined || json === undefined
    ? undefined
    : { schema: json.schema, example: json.example, required: body.required };
}

function bodyHtml(definition: JsonSchema, schemas: Schemas): string {
  const body = requestOf(definition);
  if (body === undefined) return '';
  const options = (body.schema['anyOf'] ?? [body.schema]) as readonly JsonSchema[];
  return `<h4>Body <span class="optional">JSON or YAML${body.required ? '' : ', optional'}</span></h4>${options
    .map((option) => schemaHtml(option, schemas))
    .join('<p class="or">or a resource, as in Git:</p>')}`;
}

function responsesHtml(responses: Readonly<Record<string, Response>>, schemas: Schemas): string {
  const items = Object.entries(responses).map(([status, response]) => {
    const content = Object.entries(response.content ?? {});
    const types = content.map(([type]) => `<code>${escapeHtml(type)}</code>`).join(' ');
    const json = response.content?.['application/json'];
    const fields = json === undefined || Number(status) >= 400 ? '' : schemaHtml(json.schema, schemas);
    return `<details${status.startsWith('2') ? ' open' : ''}><summary><span class="status s${status[0]}">${status}</span> ${types}</summary><p>${inline(response.description)}</p>${fields}</details>`;
  });
  return `<h4>Answers</h4>${items.join('')}`;
}

function samplesHtml({ method, path, definition }: Operation): string {
  const body = requestOf(definition);
  const samples = samplesOf({
    method: method.toUpperCase(),
    path: String(definition['x-example-path'] ?? path),
    authenticated: definition['x-scope'] !== undefined,
    body: body?.example,
  });
  const tabs = samples.map(
    ({ language, code }, index) =>
      `<div class="sample" data-language="${language}"${index === 0 ? '' : ' hidden'}><pre><code>${escapeHtml(code)}</code></pre></div>`,
  );
  const buttons = samples.map(
    ({ language }, index) =>
      `<button type="button" data-language="${language}" aria-pressed="${index === 0}">${language}</button>`,
  );
  return `<div class="samples"><div class="tabs">${buttons.join('')}<button type="button" class="copy">Copy</button></div>${tabs.join('')}</div>`;
}

function answerHtml(responses: Readonly<Record<string, Response>>, schemas: Schemas): string {
  const [status, response] = Object.entries(responses).find(([code]) => code.startsWith('2')) ?? [];
  const json = response?.content?.['application/json'];
  if (json === undefined || Object.keys(json.schema).every((key) => key === 'description')) return '';
  const sample = JSON.stringify(sampleOf(json.schema, schemas), null, 2);
  return `<details class="answer"><summary>Answer <span class="status s2">${status}</span></summary><pre><code>${escapeHtml(sample)}</code></pre></details>`;
}

function tryHtml({ method, path, definition }: Operation): string {
  const inputs = parametersOf(definition).map(
    (parameter) =>
      `<label><span>${escapeHtml(parameter.name)}</span><input name="${escapeHtml(parameter.name)}" data-in="${parameter.in}"${parameter.required ? ' required' : ''} autocomplete="off"></label>`,
  );
  const body = requestOf(definition);
  const text =
    body === undefined
      ? ''
      : `<label><span>body</span><textarea name="body" rows="5" spellcheck="false">${escapeHtml(body.example === undefined ? '' : JSON.stringify(body.example, null, 2))}</textarea></label>`;
  return `<details class="try"><summary>Try it</summary><form data-method="${method.toUpperCase()}" data-path="${escapeHtml(path)}">${inputs.join('')}${text}<p><button>Send</button> <button type="button" class="stop" hidden>Stop</button></p><pre class="result" hidden></pre></form></details>`;
}
