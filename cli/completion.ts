/** Completion scripts, made from the program itself. */
import type { Command } from 'commander';

interface Entry {
  /** `token create`; empty for the program itself. */
  readonly path: string;
  readonly words: readonly string[];
}

export function completionScript(program: Command, shell: 'bash' | 'zsh' | 'fish'): string {
  const entries = entriesOf(program, '');
  switch (shell) {
    case 'bash':
      return bash(entries);
    case 'zsh':
      return `autoload -U +X bashcompinit && bashcompinit\n${bash(entries)}`;
    case 'fish':
      return fish(entries);
  }
}

function entriesOf(command: Command, path: string): Entry[] {
  const options = command.options.flatMap(({ long, hidden }) => (long == null || hidden ? [] : [long]));
  const names = command.commands.map((child) => child.name());
  const below = command.commands.flatMap((child) => entriesOf(child, `${path} ${child.name()}`.trim()));
  return [{ path, words: [...names, ...options, '--help'] }, ...below];
}

/** The words before the cursor that are no options name the command, as far as they do. */
function bash(entries: readonly Entry[]): string {
  const cases = entries.map(({ path, words }) => `    "${path}") words="${words.join(' ')}" ;;`).join('\n');
  return `_headgate() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  while :; do
    case "$path" in
${cases.replace(/^/gm, '  ')}
      *" "*) path="\${path% *}"; continue ;;
      *) path=""; continue ;;
    esac
    break
  done
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _headgate headgate
`;
}

function fish(entries: readonly Entry[]): string {
  const lines = entries.flatMap(({ path, words }) => {
    const when =
      path === ''
        ? '__fish_use_subcommand'
        : path
            .split(' ')
            .map((part) => `__fish_seen_subcommand_from ${part}`)
            .join('; and ');
    return words.map((word) =>
      word.startsWith('--')
        ? `complete -c headgate -n '${when}' -l ${word.slice(2)}`
        : `complete -c headgate -n '${when}' -f -a ${word}`,
    );
  });
  return `${lines.join('\n')}\n`;
}
