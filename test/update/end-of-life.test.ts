import { describe, expect, test } from 'vitest';
import { parseReference } from '../../core/oci/reference.ts';
import { endOfLifeOf } from '../../core/update/end-of-life.ts';
import { replacementFor } from '../../core/update/replacements.ts';

const day = new Date('2026-12-01T12:00:00Z');

function ended(name: string, now = day, rule: { readonly endOfLife?: string } = {}): readonly string[] {
  return endOfLifeOf(parseReference(name), rule, now).map(
    ({ product, ends, tableOf }) => `${product} ${ends}${tableOf === undefined ? '' : ` (${tableOf})`}`,
  );
}

describe('what has ended is said with its day and the age of the table', () => {
  test.each([
    ['node:16', ['Node.js 16 2023-09-11 (2026-12-01)']],
    ['node:16.20.2-alpine', ['Node.js 16 2023-09-11 (2026-12-01)']],
    ['node:22-bullseye-slim', ['Debian 11 2026-08-31 (2026-12-01)']],
    ['node:18-alpine3.18', ['Node.js 18 2025-04-30 (2026-12-01)', 'Alpine Linux 3.18 2025-05-09 (2026-12-01)']],
    ['ghcr.io/acme/web:2-jammy', []],
    ['ghcr.io/acme/web:2-ubuntu20.04', ['Ubuntu 20.04 2025-05-31 (2026-12-01)']],
    ['debian:buster-slim', ['Debian 10 2024-06-30 (2026-12-01)']],
    ['ubuntu:focal', ['Ubuntu 20.04 2025-05-31 (2026-12-01)']],
    ['ubuntu:20.04', ['Ubuntu 20.04 2025-05-31 (2026-12-01)']],
    ['alpine:3.19.1', ['Alpine Linux 3.19 2025-11-01 (2026-12-01)']],
    ['python:3.9-slim', ['Python 3.9 2025-10-31 (2026-12-01)']],
    ['mirror.example.com/library/postgres:12', ['PostgreSQL 12 2024-11-21 (2026-12-01)']],
    ['public.ecr.aws/docker/library/postgres:9.6', ['PostgreSQL 9.6 2021-11-11 (2026-12-01)']],
    ['mcr.microsoft.com/dotnet/aspnet:6.0', ['.NET 6.0 2024-11-12 (2026-12-01)']],
    ['centos:7', ['CentOS Linux 7 2024-06-30 (2026-12-01)']],
    ['node:24', []],
    ['node', []],
    ['python:3', []],
    ['debian:13', []],
    ['ghcr.io/acme/node:16', []],
    ['acme/python:2.7', []],
    ['node:constructor', []],
  ])('%s', (name, expected) => {
    expect(ended(name)).toEqual(expected);
  });

  test('from its last day on', () => {
    expect(ended('node:22', new Date('2027-04-29T23:00:00Z'))).toEqual([]);
    expect(ended('node:22', new Date('2027-04-30T01:00:00Z'))).toEqual(['Node.js 22 2027-04-30 (2026-12-01)']);
  });

  test('as a rule has it, in place of the table', () => {
    expect(ended('ghcr.io/acme/base:1', day, { endOfLife: '2026-11-30' })).toEqual(['acme/base 2026-11-30']);
    expect(ended('node:16', day, { endOfLife: '2030-01-01' })).toEqual([]);
  });
});

describe('what was moved or given up is shown with what takes its place', () => {
  test.each([
    [
      'k8s.gcr.io/pause:3.9',
      'registry.k8s.io/pause:3.9 takes the place of k8s.gcr.io/pause, which is frozen since 2023-04-03',
    ],
    [
      'k8s.gcr.io/ingress-nginx/controller:v1',
      'registry.k8s.io/ingress-nginx/controller:v1 takes the place of k8s.gcr.io/ingress-nginx/controller, which is frozen since 2023-04-03',
    ],
    [
      'openjdk:17-jdk',
      'docker.io/library/eclipse-temurin:undefined takes the place of openjdk, which is deprecated on Docker Hub; choose its tag',
    ],
    [
      'centos:7',
      'docker.io/library/almalinux:undefined takes the place of centos, which is deprecated on Docker Hub; choose its tag',
    ],
    [
      'mcr.microsoft.com/dotnet/core/sdk:3.1',
      'mcr.microsoft.com/dotnet/sdk:undefined takes the place of mcr.microsoft.com/dotnet/core/sdk, which ends with .NET Core 3.1; choose its tag',
    ],
  ])('%s', (name, expected) => {
    const [held] = replacementFor(parseReference(name), {});
    const { registry, repository, tag } = held?.target ?? parseReference('none');
    expect(`${registry}/${repository}:${tag} ${held?.detail}`).toBe(expected);
    expect(held?.reason).toBe('replaced');
  });

  test('and as a rule has it', () => {
    const replacedBy = parseReference('quay.io/acme/base');
    expect(replacementFor(parseReference('ghcr.io/acme/base:3'), { replacedBy })).toMatchObject([
      { target: { registry: 'quay.io', repository: 'acme/base', tag: '3' }, reason: 'replaced' },
    ]);
    expect(replacementFor(parseReference('ghcr.io/acme/base:3'), {})).toEqual([]);
    expect(replacementFor(parseReference('docker.io/acme/openjdk:3'), {})).toEqual([]);
  });
});
