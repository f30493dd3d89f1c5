/** A manifest with its expressions compiled. */
import { HeadgateError, type Issue } from '../../../foundation/errors.ts';
import type { AnswerRule, ConnectorAction, ConnectorSpec, ConnectorStream } from '../../../crds/index.ts';
import { nearest } from '../../../crds/nearest.ts';
import {
  compileDocument,
  compileExpression,
  compilePath,
  compileTemplate,
  settingsIn,
  settingsOf,
  type Scope,
  type Template,
} from './template.ts';

/** What expressions may name at a place. */
const SETTINGS = ['settings'];
const READING = ['settings', 'since'];
const WRITING = ['record', 'event', 'settings', 'key', 'index'];
const ANSWERED = ['status', 'headers', 'body', 'settings'];

export interface CompiledRule {
  readonly rule: AnswerRule;
  /** Null: always. */
  readonly when: Template | null;
  readonly message: Template | null;
}

export interface CompiledRequest {
  readonly path: (scope: Scope) => string;
  readonly query: Readonly<Record<string, Template>>;
  readonly headers: Readonly<Record<string, Template>>;
  /** Null where there is none. */
  readonly body: Template | null;
}

export interface CompiledStream extends CompiledRequest {
  readonly spec: ConnectorStream;
  /** What each record becomes; null: it stays as it is. */
  readonly record: Template | null;
}

export interface CompiledAction extends CompiledRequest {
  readonly spec: ConnectorAction;
  readonly wrap: Template | null;
  readonly errors: {
    readonly list: Template;
    readonly index: Template;
    readonly message: Template;
    readonly retry: Template | null;
  } | null;
  readonly answers: readonly CompiledRule[];
}

export interface CompiledManifest {
  readonly spec: ConnectorSpec;
  readonly baseUrl: Template;
  readonly headers: Readonly<Record<string, Template>>;
  readonly query: Readonly<Record<string, Template>>;
  readonly check: (CompiledRequest & { readonly expect: Template | null }) | null;
  readonly answers: readonly CompiledRule[];
  readonly streams: ReadonlyMap<string, CompiledStream>;
  readonly actions: ReadonlyMap<string, CompiledAction>;
}

/** Throws `invalid_resource` with all issues when an expression is wrong; `manifestIssues` says the same without throwing. */
export function compileManifest(spec: ConnectorSpec): CompiledManifest {
  const { manifest, issues } = new Compiler(spec).compile();
  const [first] = issues;
  if (first === undefined) return manifest;
  throw new HeadgateError('invalid_resource', first.message, { at: first.pointer, hint: first.hint, issues });
}

/** What is wrong with the expressions of a manifest, with pointers from its root (`/spec/…`). */
export function manifestIssues(spec: ConnectorSpec): readonly Issue[] {
  return new Compiler(spec).compile().issues;
}

const NOTHING: Template = () => null;

/** Goes on after a mistake, so that all of them are said at once. */
class Compiler {
  readonly #issues: Issue[] = [];
  readonly #spec: ConnectorSpec;
  readonly #settings: readonly string[];

  constructor(spec: ConnectorSpec) {
    this.#spec = spec;
    this.#settings = [...Object.keys(spec.settings ?? {}), 'baseUrl', 'connectTimeout', 'timeout', 'limits'];
  }

  compile(): { manifest: CompiledManifest; issues: readonly Issue[] } {
    const spec = this.#spec;
    const { headers, query, check, answers, streams = [], actions = [] } = spec;
    this.#auth(spec);
    const manifest: CompiledManifest = {
      spec,
      baseUrl: this.#text(spec.baseUrl, SETTINGS, '/spec/baseUrl'),
      headers: this.#texts(headers, SETTINGS, '/spec/headers'),
      query: this.#texts(query, SETTINGS, '/spec/query'),
      check:
        check === undefined
          ? null
          : {
              ...this.#request(check, SETTINGS, '/spec/check'),
              expect:
                check.expect === undefined ? null : this.#expression(check.expect, ANSWERED, '/spec/check/expect'),
            },
      answers: this.#rules(answers, '/spec/answers'),
      streams: new Map(streams.map((stream, index) => [stream.name, this.#stream(stream, `/spec/streams/${index}`)])),
      actions: new Map(actions.map((action, index) => [action.name, this.#action(action, `/spec/actions/${index}`)])),
    };
    return { manifest, issues: this.#issues };
  }

  #stream(stream: ConnectorStream, at: string): CompiledStream {
    for (const [kind, pagination] of Object.entries(stream.pagination ?? {})) {
      for (const [field, text] of Object.entries(pagination ?? {})) {
        if (typeof text === 'string') this.#text(text, SETTINGS, `${at}/pagination/${kind}/${field}`);
      }
    }
    const { cursor, param } = stream.incremental ?? {};
    if (stream.records !== undefined) this.#text(stream.records, SETTINGS, `${at}/records`);
    if (cursor !== undefined) this.#text(cursor, SETTINGS, `${at}/incremental/cursor`);
    if (param !== undefined) this.#text(param, SETTINGS, `${at}/incremental/param`);
    const record =
      stream.record === undefined ? null : this.#document(stream.record, ['record', 'settings'], `${at}/record`);
    return { ...this.#request(stream, READING, at), spec: stream, record };
  }

  #action(action: ConnectorAction, at: string): CompiledAction {
    const { batch, answers } = action;
    const errors = batch?.errors;
    const error = ['error', 'settings'];
    return {
      ...this.#request(action, WRITING, at),
      spec: action,
      wrap: batch?.wrap === undefined ? null : this.#document(batch.wrap, ['items', 'settings'], `${at}/batch/wrap`),
      errors:
        errors === undefined
          ? null
          : {
              list: this.#expression(errors.list, ANSWERED, `${at}/batch/errors/list`),
              index: this.#expression(errors.index, error, `${at}/batch/errors/index`),
              message: this.#expression(errors.message, error, `${at}/batch/errors/message`),
              retry:
                errors.retry === undefined ? null : this.#expression(errors.retry, error, `${at}/batch/errors/retry`),
            },
      answers: this.#rules(answers, `${at}/answers`),
    };
  }

  #request(
    request: {
      readonly path: string;
      readonly query?: Readonly<Record<string, string>>;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    },
    names: readonly string[],
    at: string,
  ): CompiledRequest {
    return {
      path: this.#path(request.path, names, `${at}/path`),
      query: this.#texts(request.query, names, `${at}/query`),
      headers: this.#texts(request.headers, names, `${at}/headers`),
      body: request.body === undefined ? null : this.#document(request.body, names, `${at}/body`),
    };
  }

  #rules(rules: readonly AnswerRule[] | undefined, at: string): readonly CompiledRule[] {
    return (rules ?? []).map((rule, index) => ({
      rule,
      when: rule.when === undefined ? null : this.#expression(rule.when, ANSWERED, `${at}/${index}/when`),
      message: rule.message === undefined ? null : this.#expression(rule.message, ANSWERED, `${at}/${index}/message`),
    }));
  }

  /** Authentication is filled in when its settings are there; here it is only looked at. */
  #auth({ auth }: ConnectorSpec): void {
    const visit = (value: unknown, at: string): void => {
      if (typeof value === 'string') this.#text(value, SETTINGS, at);
      else if (value !== null && typeof value === 'object') {
        for (const [name, member] of Object.entries(value)) visit(member, `${at}/${name}`);
      }
    };
    visit(auth, '/spec/auth');
  }

  #texts(
    texts: Readonly<Record<string, string>> | undefined,
    names: readonly string[],
    at: string,
  ): Readonly<Record<string, Template>> {
    return Object.fromEntries(
      Object.entries(texts ?? {}).map(([name, text]) => [name, this.#text(text, names, `${at}/${escaped(name)}`)]),
    );
  }

  #path(path: string, names: readonly string[], at: string): (scope: Scope) => string {
    const compiled = this.#try(at, () => compilePath(path, names, nameOf(at)));
    if (compiled !== null) this.#known(settingsIn(path), at);
    return compiled ?? (() => '');
  }

  #text(text: string, names: readonly string[], at: string): Template {
    const compiled = this.#try(at, () => compileTemplate(text, names, nameOf(at)));
    if (compiled !== null) this.#known(settingsIn(text), at);
    return compiled ?? NOTHING;
  }

  /** Member by member, so that a mistake is shown where it stands. */
  #document(document: unknown, names: readonly string[], at: string): Template {
    if (typeof document === 'string') return this.#text(document, names, at);
    if (document !== null && typeof document === 'object') {
      const before = this.#issues.length;
      for (const [name, member] of Object.entries(document)) this.#document(member, names, `${at}/${escaped(name)}`);
      if (this.#issues.length > before) return NOTHING;
    }
    return compileDocument(document, names, nameOf(at));
  }

  #known(names: readonly string[], pointer: string): void {
    for (const name of new Set(names)) {
      if (this.#settings.includes(name)) continue;
      const near = nearest(name, this.#settings);
      this.#issues.push({
        pointer,
        code: 'invalid_resource',
        message: `there is no setting '${name}'${near === undefined ? '' : ` (did you mean '${near}'?)`}`,
        hint: 'declare it under `spec.settings`',
      });
    }
  }

  #expression(expression: string, names: readonly string[], at: string): Template {
    this.#known(settingsOf(expression), at);
    return this.#try(at, () => compileExpression(expression, names, nameOf(at))) ?? NOTHING;
  }

  #try<T>(pointer: string, work: () => T): T | null {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof HeadgateError)) throw error;
      const { message, hint } = error;
      this.#issues.push({ pointer, code: 'invalid_resource', message, ...(hint === undefined ? {} : { hint }) });
      return null;
    }
  }
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** `/spec/actions/0/body` as messages call it: `actions[0].body`. */
const nameOf = (pointer: string): string =>
  pointer
    .replace('/spec/', '')
    .replaceAll(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.');

/** What maps of texts give; those whose value is null are left out. */
export function textsOf(
  templates: Readonly<Record<string, Template>>,
  scope: Scope,
  write: (value: unknown) => string,
): Record<string, string> {
  const found = Object.entries(templates).map(([name, template]) => [name, template(scope)] as const);
  return Object.fromEntries(
    found.filter(([, value]) => value !== null && value !== undefined).map(([name, value]) => [name, write(value)]),
  );
}
