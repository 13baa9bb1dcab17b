import { describe, expect, test } from 'vitest';
import { archives } from '../../scripts/provision/apt.mjs';

const main = 'http://mirror.example/debian';
const security = 'http://mirror.example/debian-security';

describe("the machine's Debian archives", () => {
  test.each([
    {
      name: 'deb822 stanzas, other archives among them',
      file: 'debian.sources',
      text: [
        `Types: deb\nURIs: http://other.example/node\nSuites: nodistro\nComponents: main\nEnabled: no`,
        `Types: deb deb-src\n# a comment\nURIs: ${main}\nSuites: bookworm bookworm-updates\nComponents: main contrib`,
        `Types: deb\nURIs: ${security}\nSuites: bookworm-security\nComponents: main`,
      ].join('\n\n'),
    },
    {
      name: 'one-line entries with options',
      file: 'sources.list',
      text: `# deb http://gone.example/debian bookworm main\ndeb [arch=amd64] ${main} bookworm main contrib\ndeb ${security} bookworm-security main\n`,
    },
  ])('$name', ({ file, text }) => {
    expect(archives([{ name: file, text }])).toEqual({ main, security });
  });

  test('a machine without a security archive is told so', () => {
    const text = `deb ${main} bookworm main\n`;
    expect(() => archives([{ name: 'sources.list', text }])).toThrow(
      'apt is configured for no Debian main and security archive (looked in /etc/apt)',
    );
  });
});
