/** Puts variables into a text as Compose does: `$NAME`, `${NAME}`, `:-`, `-`, `:+`, `+`, `:?`, `?`, and `$$` for a dollar. */
export function interpolate(text: string, env: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$(?:\$|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+?])([^{}]*))?\})/g,
    (whole, bare?: string, braced?: string, operator?: string, word = '') => {
      if (whole === '$$') return '$';
      const value = env.get(bare ?? braced ?? '');
      const missing = value === undefined || (operator?.startsWith(':') === true && value === '');
      if (operator?.endsWith('+') === true) return missing ? '' : word;
      if (!missing) return value;
      return operator?.endsWith('-') === true ? word : '';
    },
  );
}

/** Reads a `.env` file: NAME=VALUE lines, quotes around values, comments. */
export function readEnvFile(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, name, value = ''] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) continue;
    const quoted = /^(["'])(.*)\1(?:\s+#.*)?$/.exec(value)?.[2];
    values.set(name, quoted ?? value.replace(/\s+#.*$/, ''));
  }
  return values;
}
