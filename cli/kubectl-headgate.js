#!/usr/bin/env node
// `kubectl headgate …` is `headgate kubectl …`: kubectl finds plugins by the name of their program. Plain JavaScript that any
// Node understands.
process.argv.splice(2, 0, 'kubectl');
await import('./headgate.js');
