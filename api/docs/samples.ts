/** The same call in three clients. */
export interface Sample {
  readonly language: string;
  readonly code: string;
}

export interface Call {
  readonly method: string;
  /** With prefix, parameters and query filled in. */
  readonly path: string;
  readonly authenticated: boolean;
  readonly body: unknown;
}

export function samplesOf(call: Call): readonly Sample[] {
  return [
    { language: 'curl', code: curl(call) },
    { language: 'JavaScript', code: javascript(call) },
    { language: 'Python', code: python(call) },
  ];
}

function curl({ method, path, authenticated, body }: Call): string {
  const parts = [`curl ${method === 'GET' ? '' : `-X ${method} `}"$HEADGATE_URL${path}"`];
  if (authenticated) parts.push('-H "Authorization: Bearer $HEADGATE_TOKEN"');
  if (body !== undefined)
    parts.push('-H "Content-Type: application/json"', `-d '${JSON.stringify(body).replaceAll("'", `'\\''`)}'`);
  return parts.join(' \\\n  ');
}

function javascript({ method, path, authenticated, body }: Call): string {
  const headers = [
    ...(authenticated ? ['Authorization: `Bearer ${process.env.HEADGATE_TOKEN}`'] : []),
    ...(body === undefined ? [] : ["'Content-Type': 'application/json'"]),
  ];
  const options = [
    ...(method === 'GET' ? [] : [`method: '${method}'`]),
    ...(headers.length === 0 ? [] : [`headers: { ${headers.join(', ')} }`]),
    ...(body === undefined ? [] : [`body: JSON.stringify(${JSON.stringify(body)})`]),
  ];
  const rest = options.length === 0 ? '' : `, {\n  ${options.join(',\n  ')},\n}`;
  return `const answer = await fetch(\`\${process.env.HEADGATE_URL}${path}\`${rest});\nconsole.log(answer.status, await answer.text());`;
}

function python({ method, path, authenticated, body }: Call): string {
  const headers = [
    ...(authenticated ? ['"Authorization": f"Bearer {os.environ[\'HEADGATE_TOKEN\']}"'] : []),
    ...(body === undefined ? [] : ['"Content-Type": "application/json"']),
  ];
  const lines = [
    `import ${body === undefined ? 'os, urllib.request' : 'json, os, urllib.request'}`,
    '',
    'request = urllib.request.Request(',
    `    os.environ["HEADGATE_URL"] + "${path}",`,
    `    method="${method}",`,
    ...(headers.length === 0 ? [] : [`    headers={${headers.join(', ')}},`]),
    ...(body === undefined ? [] : [`    data=json.dumps(${pythonValue(body)}).encode(),`]),
    ')',
    'with urllib.request.urlopen(request) as answer:',
    '    print(answer.status, answer.read().decode())',
  ];
  return lines.join('\n');
}

function pythonValue(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(', ')}]`;
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, member]) => `${JSON.stringify(key)}: ${pythonValue(member)}`)
      .join(', ')}}`;
  }
  return JSON.stringify(value);
}
