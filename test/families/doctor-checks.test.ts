import { expect, test } from 'vitest';
import { groups } from '../../core/doctor/check.ts';
import type { DoctorCheck } from '../../core/doctor/check-definition.ts';
import { diagnose, doctorChecks } from '../../core/doctor/diagnose.ts';
import { documentOf } from '../../core/doctor/document.ts';
import type { Examination } from '../../core/doctor/examination.ts';
import { renderDiagnoses, summaryOf } from '../../core/doctor/render.ts';

const sees = (id: string, group: DoctorCheck['group'], examine: DoctorCheck['examine']): DoctorCheck => ({
  id,
  group,
  examine,
});

test('a check that joins the table is carried out, and document, terminal and summary have its finding', async () => {
  const table = [
    sees('weather', 'host', async () => [{ state: 'warning', subject: 'weather', detail: 'rains', remedy: 'wait' }]),
    sees('broken', 'environment', async () => Promise.reject(new Error('no window'))),
  ];
  const diagnoses = await diagnose({} as Examination, table);
  expect(diagnoses.map(({ id, state }) => `${id} ${state}`)).toEqual(['broken unknown', 'weather warning']);
  expect(documentOf(diagnoses).checks).toContainEqual({
    ...{ id: 'weather', group: 'host', state: 'warning', subject: 'weather', detail: 'rains', remedy: 'wait' },
  });
  expect(renderDiagnoses(diagnoses)).toContain('! weather: rains; wait.');
  expect(summaryOf(diagnoses)).toContain('| weather | rains | wait |');
});

test('every group has checks, and none is in a group that is not shown', () => {
  expect([...new Set(doctorChecks.map(({ group }) => group))].sort()).toEqual([...groups].sort());
});
