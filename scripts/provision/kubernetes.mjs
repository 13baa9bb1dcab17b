import { chmod, copyFile, mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { place } from './cache.mjs';
import { run } from './shell.mjs';

// Debian has the clients and etcd ready made, and the servers as source alone.
const packages = ['kubernetes-client/bookworm', 'etcd-server/bookworm'];
const compiler = ['golang-1.19-go/bookworm', 'golang-1.19-src/bookworm'];
const module_ = 'k8s.io/kubernetes';

/** A control plane without nodes: etcd, the API server and the controllers, with kubectl. */
export async function makeKubernetes(root, apt) {
  let versions = {};
  const folder = await place(root, 'kubernetes', async (temporary) => {
    const debs = join(temporary, 'debs');
    const build = join(temporary, 'build');
    const bin = join(temporary, 'bin');
    for (const made of [debs, build, bin]) await mkdir(made);
    versions = await apt.unpack([...packages, ...compiler], debs);
    await compile(apt, debs, build, bin);
    for (const name of ['kubectl', 'etcd']) {
      await copyFile(join(debs, 'usr/bin', name), join(bin, name));
      await chmod(join(bin, name), 0o755);
    }
    await rm(debs, { recursive: true, force: true });
    await rm(build, { recursive: true, force: true });
  });
  const names = ['kubectl', 'etcd', 'kube-apiserver', 'kube-controller-manager'];
  const paths = Object.fromEntries(names.map((name) => [name, join(folder, 'bin', name)]));
  return { version: versions['kubernetes-client'], packages: versions, paths };
}

async function compile(apt, debs, build, bin) {
  await apt.source('kubernetes/bookworm', build);
  const archive = (await readdir(build)).find((name) => name.endsWith('.orig.tar.gz'));
  if (archive === undefined) throw new Error('the source package has no archive');
  const sources = join(build, 'sources');
  await mkdir(sources);
  await run('tar', ['-xzf', join(build, archive), '-C', sources, '--strip-components=1']);
  // A workspace of its own: what the sources import is vendored, and nothing is fetched.
  const workspace = join(build, 'go');
  await mkdir(join(workspace, 'src/k8s.io'), { recursive: true });
  const cwd = join(workspace, 'src', module_);
  await symlink(sources, cwd);
  const goroot = join(debs, 'usr/lib/go-1.19');
  const go = join(goroot, 'bin/go');
  const env = {
    PATH: `${join(goroot, 'bin')}:${process.env.PATH}`,
    HOME: build,
    PWD: cwd,
    GOROOT: goroot,
    GOPATH: workspace,
    GOCACHE: join(build, 'cache'),
    GO111MODULE: 'off',
    CGO_ENABLED: '0',
    // Memory is cheaper than the minute that collecting garbage takes.
    GOGC: '400',
  };
  await describeApi(go, env, cwd, build);
  // Neither cloud providers nor the optimiser: a third of the time, and tests wait for the servers in neither.
  const version = archive.replace(/^.*really([\d.]+)\.orig.*$/, '$1');
  const said = `-X ${module_}/vendor/k8s.io/component-base/version`;
  const [major, minor] = version.split('.');
  const linked = `-s -w ${said}.gitVersion=v${version} ${said}.gitMajor=${major} ${said}.gitMinor=${minor}`;
  const options = ['-tags', 'providerless', '-gcflags=all=-N -l', '-ldflags', linked];
  await run(go, ['build', ...options, '-o', `${bin}/`, './cmd/kube-apiserver', './cmd/kube-controller-manager'], {
    cwd,
    env,
  });
}

// The one generated file that upstream does not keep in git: what server-side apply and dry runs know of the types.
async function describeApi(go, env, cwd, build) {
  const generator = join(build, 'openapi-gen');
  await run(go, ['build', '-o', generator, './vendor/k8s.io/kube-openapi/cmd/openapi-gen'], { cwd, env });
  const folders = new Set();
  for (const start of ['pkg', 'staging/src/k8s.io']) await collect(join(cwd, start), start, folders);
  const inputs = [...folders].map((folder) =>
    folder.startsWith('pkg') ? `${module_}/${folder}` : folder.replace(/^staging\/src/, `${module_}/vendor`),
  );
  const output = ['-p', `${module_}/pkg/generated/openapi`, '-O', 'zz_generated.openapi', '-r', join(build, 'report')];
  const licence = ['-h', 'hack/boilerplate/boilerplate.generatego.txt'];
  await run(generator, ['--logtostderr', '-i', inputs.sort().join(','), ...output, ...licence], { cwd, env });
}

const examples = /(?:code-generator|sample-apiserver|sample-controller|testdata)$/;

async function collect(path, name, folders) {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory() && !examples.test(entry.name)) {
      await collect(join(path, entry.name), `${name}/${entry.name}`, folders);
    } else if (entry.isFile() && entry.name.endsWith('.go') && !entry.name.endsWith('_test.go')) {
      const text = await readFile(join(path, entry.name), 'utf8');
      if (text.includes('+k8s:openapi-gen=')) folders.add(name);
    }
  }
}
