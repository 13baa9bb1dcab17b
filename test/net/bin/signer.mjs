// Stands where cosign or notation would: what it signs or attests it attaches to the image, and what is attached it believes.
import { readFileSync, writeFileSync } from 'node:fs';
import { attach, blobOf, manifestOf, parse, referrersOf, types } from './registry.mjs';
import { args, begin, option } from './tool.mjs';

const bundle = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const program = process.env.NET_PROGRAM;
await begin(program);
const [command] = args;
const image = args.at(-1);
const images = args.filter((arg) => /@sha256:[0-9a-f]{64}$/.test(arg));

if (command === 'signing-config') writeFileSync(option('out'), '{}');
if (command === 'sign') {
  const type = `application/vnd.${program}.signature`;
  for (const each of images) await attachTo(each, { what: 'signature' }, type, types.empty);
}
if (command === 'attest') {
  const predicate = JSON.parse(readFileSync(option('predicate'), 'utf8'));
  await attachTo(image, wrapped(predicate), bundle, bundle);
}
if (command === 'verify-attestation') {
  const place = parse(image);
  for (const { digest } of await referrersOf(place, place.name)) {
    const { document } = await manifestOf(place, digest);
    const statement = await blobOf(place, document.layers[0]);
    if (statement.predicateType === option('type')) process.stdout.write(`${JSON.stringify(envelope(statement))}\n`);
  }
}

async function attachTo(signed, document, artifactType, layerType) {
  const place = parse(signed);
  const { descriptor } = await manifestOf(place, place.name);
  await attach(place, descriptor, artifactType, layerType, document);
}

function wrapped(predicate) {
  const [algorithm, hex] = parse(image).name.split(':');
  const subject = [{ name: image, digest: { [algorithm]: hex } }];
  const statement = { _type: 'https://in-toto.io/Statement/v1', subject, predicateType: option('type'), predicate };
  return { dsseEnvelope: envelope(statement) };
}

function envelope(statement) {
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  return { payloadType: types.inToto, payload, signatures: [{ sig: '' }] };
}
