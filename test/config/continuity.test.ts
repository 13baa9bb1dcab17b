import { expect, test } from 'vitest';
import { acceptedFor } from '../../core/config/per-image.ts';
import { repository } from '../hosts/repository.ts';
import { buildOf } from '../rebuild/support.ts';
import { file, load, refusal } from './support.ts';

const dockerfile = { Dockerfile: 'FROM debian:12\n' };
const all = 'continuity:\n  accept: [compression]\n';
const one = 'images:\n  - dockerfile: Dockerfile\n    continuity:\n      accept: [labels]\n';

test('the run says in what images may differ', async () => {
  const root = repository(dockerfile);
  expect((await load(root, { 'continuity-accept': 'labels, form' })).continuity.accept).toEqual(['labels', 'form']);
  expect(await refusal(root, { 'continuity-accept': 'everything' })).toMatch(
    /^--continuity-accept: "everything" is not/,
  );
});

test.each([
  ['for all images', all, 'continuity.accept', 'compression'],
  ['for one image', one, 'images[0].continuity.accept', 'labels'],
])('a file says it %s where the run allows that', async (_, text, key, aspect) => {
  const root = repository({ ...dockerfile, [file]: text });
  expect(await refusal(root, {})).toContain(`${key} names "${aspect}", which only the run may name`);
  expect(await refusal(root, { allow: 'continuity-accept=signature' })).toContain(key);
  for (const allow of ['continuity-accept', `continuity-accept=${aspect}`]) {
    expect(acceptedFor(await load(root, { allow }), buildOf())).toEqual([aspect]);
  }
});

test('the run goes over what a file accepts for one image', async () => {
  const root = repository({ ...dockerfile, [file]: one });
  const config = await load(root, { allow: 'continuity-accept', 'continuity-accept': 'form' });
  expect(acceptedFor(config, buildOf())).toEqual(['form']);
});
