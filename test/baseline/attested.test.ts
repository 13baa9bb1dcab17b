import { afterAll, expect, test } from 'vitest';
import { attestedReader } from '../../core/baseline/attested.ts';
import { recordType } from '../../core/baseline/record.ts';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { at, closeHarnesses, createHarness, start } from '../registry/harness.ts';

afterAll(closeHarnesses);

test('what is attached to an image in one repository vouches for nothing in another', async () => {
  const server = await start();
  const { registry } = createHarness();
  const image = makeImage({ layers: [await makeLayer({ app: 'web' })] });
  const { mediaType, digest, size } = image.descriptor;
  for (const repository of ['weak/web', 'strong/web']) await pushImage(server.store, repository, image, '1');
  const sha256 = digest.slice('sha256:'.length);
  const statement = { predicateType: recordType, subject: [{ digest: { sha256 } }], predicate: { bases: [] } };
  server.store.putManifest('weak/web', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: 'application/vnd.in-toto+json',
    config: server.store.putBlob('weak/web', '{}', 'application/vnd.oci.empty.v1+json'),
    layers: [server.store.putBlob('weak/web', JSON.stringify(statement), 'application/vnd.in-toto+json')],
    subject: { mediaType, digest, size },
  });
  const read = attestedReader(registry, async (_, documents) => documents);
  const published = async (repository: string) => {
    const reference = at(server, repository, '1');
    return { reference, manifest: await registry.manifest(reference) };
  };
  expect(await read(await published('weak/web'))).toMatchObject({ voucher: 'signer', statements: [statement] });
  expect(await read(await published('strong/web'))).toEqual({ voucher: 'unverified', provenances: [], statements: [] });
});
