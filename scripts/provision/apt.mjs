import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './shell.mjs';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The archives this machine is configured for: `main` and `security` addresses, whatever mirror they name. */
export function archives(files = sourceFiles()) {
  const entries = files.flatMap(({ name, text }) => (name.endsWith('.sources') ? deb822(text) : oneLine(text)));
  const usable = entries.filter((entry) => entry.components.includes('main'));
  const security = usable.find((entry) => entry.suites.some((suite) => suite.endsWith('-security')));
  const main = usable.find(
    (entry) => entry.uri !== security?.uri && entry.suites.some((suite) => !suite.includes('-')),
  );
  if (main === undefined || security === undefined) {
    throw new Error('apt is configured for no Debian main and security archive (looked in /etc/apt)');
  }
  return { main: main.uri, security: security.uri };
}

function sourceFiles() {
  const folder = '/etc/apt/sources.list.d';
  const names = readdirSync(folder).filter((name) => /\.(sources|list)$/.test(name));
  const paths = ['/etc/apt/sources.list', ...names.map((name) => join(folder, name))];
  return paths.flatMap((path) => {
    try {
      return [{ name: path, text: readFileSync(path, 'utf8') }];
    } catch {
      return [];
    }
  });
}

function deb822(text) {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name) => new RegExp(`^${name}:\\s*(.+)$`, 'im').exec(stanza)?.[1].trim().split(/\s+/) ?? [];
    if (!field('Types').includes('deb') || field('Enabled').includes('no')) return [];
    return field('URIs').map((uri) => ({ uri, suites: field('Suites'), components: field('Components') }));
  });
}

function oneLine(text) {
  return text.split('\n').flatMap((line) => {
    const match = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$/.exec(line.trim());
    return match === null ? [] : [{ uri: match[1], suites: [match[2]], components: match[3].split(/\s+/) }];
  });
}

/** Opens an apt root of its own: the machine's packages, lists and settings stay as they are. */
export async function openApt(root) {
  const base = join(root, 'apt');
  const debs = join(root, 'debs');
  for (const folder of ['parts', 'state/lists/partial', 'cache/archives/partial']) {
    await mkdir(join(base, folder), { recursive: true });
  }
  await mkdir(debs, { recursive: true });
  const { main } = archives();
  const line = (suite) => `deb [signed-by=${keyring}] ${main} ${suite} main\n`;
  const sources = line('bookworm').replace(/^deb/, 'deb-src');
  await writeFile(join(base, 'sources.list'), line('bookworm') + line('sid') + sources);
  const settings = {
    'Dir::Etc::sourcelist': join(base, 'sources.list'),
    'Dir::Etc::sourceparts': join(base, 'parts'),
    'Dir::Etc::preferencesparts': join(base, 'parts'),
    'Dir::State': join(base, 'state'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(base, 'cache'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  // apt locks its folders: who makes another part meanwhile waits.
  let last = Promise.resolve();
  const inTurn = (work) => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
  let updated = false;
  const update = async () => {
    if (!updated) await run('apt-get', [...options, 'update']);
    updated = true;
  };
  return {
    /** Downloads the files of a source package (name/suite) into a folder; they are left packed. */
    source(name, into) {
      return inTurn(async () => {
        await update();
        await run('apt-get', [...options, 'source', '--download-only', name], { cwd: into });
      });
    },
    /** Downloads packages (name/suite) and unpacks them below `into`; answers their versions. */
    async unpack(packages, into) {
      const download = join(into, '.debs');
      await mkdir(download, { recursive: true });
      await inTurn(async () => {
        await update();
        await run('apt-get', [...options, 'download', ...packages], { cwd: download });
      });
      const versions = {};
      for (const file of await readdir(download)) {
        const [name, version] = file.replace(/_[^_]*\.deb$/, '').split('_');
        versions[name] = decodeURIComponent(version);
        await run('dpkg', ['-x', join(download, file), into]);
      }
      await run('rm', ['-rf', download]);
      return versions;
    },
  };
}
