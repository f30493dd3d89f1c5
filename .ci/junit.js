// node junit.js <report of JUnit> <exit code> <file> <name>: names what was skipped; the last line is "<passed> <failed>". What
// failed of the suite of this name is added to the file.
import { appendFileSync, readFileSync } from 'node:fs';

const [path, code, failures, suite] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${line}\n`);
let report = '';
try {
  report = readFileSync(path, 'utf8');
} catch {
  say(`no report: the tests were not begun, or ended before they were done (exit code ${code})`);
}
const cases = [...report.matchAll(/<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map(([, head, body = '']) => ({
  name: /\bname="([^"]*)"/.exec(head)?.[1],
  failed: /<(failure|error)\b/.test(body),
  skipped: /<skipped\b/.test(body),
}));
for (const { name, failed, skipped } of cases) {
  if (failed) appendFileSync(failures, `failed: ${name}\n`);
  else if (skipped) say(`skipped: ${name}`);
}
const failed = cases.filter((test) => test.failed).length;
const passed = cases.filter((test) => !test.failed && !test.skipped).length;
if (cases.length === 0) say('no test was found');
// An exit code without a failed test still is a failure: types that do not fit, or the time was up.
const ended = failed === 0 && (code !== '0' || cases.length === 0);
if (ended) appendFileSync(failures, `failed: ${suite}\n  no test failed, but the exit code is ${code}\n`);
say(`${passed} ${ended ? 1 : failed}`);
