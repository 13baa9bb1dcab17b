import { fail } from '../../failure.ts';
import { field, parseJson } from '../../json.ts';
import type { World } from '../../ports.ts';
import { chosenFrom } from '../../table.ts';
import { exitFailure } from '../../text/exit-words.ts';
import type { Credential } from './credential.ts';

// What the helpers of Docker, AWS, Azure and Google need to find their own logins, and nothing else of ours.
const passedOn =
  /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TMPDIR|TEMP|TMP|XDG_\w+|DOCKER_CONFIG|AWS_\w+|AZURE_\w+|GOOGLE_\w+|CLOUDSDK_\w+|GNUPGHOME|PASSWORD_STORE_\w+|DBUS_\w+|DISPLAY|WAYLAND_DISPLAY|HTTPS?_PROXY|NO_PROXY|SSL_CERT_\w+|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES|USERPROFILE|USERNAME)$/i;

/** Asks `docker-credential-NAME get` (docker-credential-helpers protocol); undefined where it knows no login. */
export async function askHelper(world: World, name: string, server: string): Promise<Credential | undefined> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
    throw fail('config', server, `${JSON.stringify(name.slice(0, 80))} cannot be the name of a credential helper`);
  }
  const file = `docker-credential-${name}`;
  const exit = await world.exec({
    file: world.platform.os === 'win32' ? `${file}.exe` : file,
    args: ['get'],
    env: environmentOf(world.env),
    stdin: server,
    timeout: 60_000,
    maxOutput: 1024 * 1024,
  });
  if (exit.kind === 'exited' && exit.code === 0) return readAnswer(exit.stdout, file, server);
  if (exit.kind === 'exited' && unknown.test(exit.stdout + exit.stderr)) return undefined;
  throw exitFailure(exit, {
    code: 'unauthorised',
    subject: server,
    step: file,
    remedy: 'log in again or run it by hand',
    install: "install it or remove it from Docker's config.json",
    isSecret: true,
  });
}

const unknown = /credentials not found|no credentials server url|no basic auth/i;

function environmentOf(env: World['env']): Readonly<Record<string, string>> {
  return chosenFrom(env, (name) => passedOn.test(name));
}

function readAnswer(stdout: string, file: string, server: string): Credential | undefined {
  const source = file;
  try {
    const answer = parseJson(stdout);
    const [username, secret] = [field(answer, 'Username'), field(answer, 'Secret')];
    if (typeof username === 'string' && typeof secret === 'string') {
      if (secret === '') return undefined;
      // Docker's mark for an identity token in place of a password.
      return username === '<token>'
        ? { kind: 'identity', token: secret, source }
        : { kind: 'basic', username, password: secret, source };
    }
  } catch {
    // falls through: the answer is not in the protocol's form
  }
  throw fail('unauthorised', server, `${file} did not answer with a login`, 'log in again or run it by hand');
}
