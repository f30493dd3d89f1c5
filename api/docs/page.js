// The behaviour of the docs page: search, choice of language, copying, and trying calls against this server.
const MAX_SHOWN = 200_000;

const search = document.querySelector('#search');
const nothing = document.querySelector('#nothing');

function applySearch() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const section of document.querySelectorAll('section.operation')) {
    const fits = words.every((word) => section.dataset.search.includes(word));
    section.hidden = !fits;
    document.querySelector(`nav a[href="#${section.id}"]`).parentElement.hidden = !fits;
    if (fits) found += 1;
  }
  for (const group of document.querySelectorAll('.group, nav h2')) group.hidden = words.length > 0;
  nothing.hidden = found > 0;
}

function chooseLanguage(language) {
  for (const samples of document.querySelectorAll('.samples')) {
    for (const sample of samples.querySelectorAll('.sample')) sample.hidden = sample.dataset.language !== language;
    for (const button of samples.querySelectorAll('button[data-language]')) {
      button.setAttribute('aria-pressed', String(button.dataset.language === language));
    }
  }
}

async function copySample(button) {
  const code = button.closest('.samples').querySelector('.sample:not([hidden]) code').textContent;
  await navigator.clipboard.writeText(code);
  button.textContent = 'Copied';
  setTimeout(() => (button.textContent = 'Copy'), 1500);
}

function requestOf(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const headers = {};
  for (const input of form.querySelectorAll('input')) {
    if (input.dataset.in === 'path') path = path.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.value !== '' && input.dataset.in === 'query') query.set(input.name, input.value);
    else if (input.value !== '') headers[input.name] = input.value;
  }
  const token = document.querySelector('#token').value.trim();
  if (token !== '') headers.Authorization = `Bearer ${token}`;
  const body = form.elements.body?.value.trim();
  if (body) headers['Content-Type'] = /^[[{]/.test(body) ? 'application/json' : 'application/yaml';
  const url = query.size === 0 ? path : `${path}?${query}`;
  return { url, options: { method: form.dataset.method, headers, ...(body ? { body } : {}) } };
}

async function send(form) {
  const result = form.querySelector('.result');
  const stop = form.querySelector('.stop');
  const control = new AbortController();
  stop.hidden = false;
  stop.addEventListener('click', () => control.abort(), { once: true });
  result.hidden = false;
  result.textContent = '…';
  try {
    const { url, options } = requestOf(form);
    const answer = await fetch(url, { ...options, signal: control.signal });
    const head = `${answer.status} ${answer.statusText}\n${answer.headers.get('content-type') ?? ''}\n\n`;
    let text = '';
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader?.read(); part && !part.done; part = await reader.read()) {
      text += part.value;
      result.textContent = head + text;
      if (text.length > MAX_SHOWN) {
        control.abort();
        break;
      }
    }
    result.textContent = head + pretty(text);
  } catch (error) {
    if (error.name !== 'AbortError') result.textContent = String(error);
  } finally {
    stop.hidden = true;
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

search.addEventListener('input', applySearch);
document.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (button?.dataset.language) chooseLanguage(button.dataset.language);
  if (button?.classList.contains('copy')) void copySample(button);
});
document.addEventListener('submit', (event) => {
  event.preventDefault();
  if (event.target.dataset.path) void send(event.target);
});
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && !/INPUT|TEXTAREA/.test(document.activeElement.tagName)) {
    event.preventDefault();
    search.focus();
  }
});
