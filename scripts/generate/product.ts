import { version } from '../../core/product.ts';

const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);

/** What the manifests of all hosts say of the product. */
export const product = {
  name: 'Base Image Refresh',
  description: 'Keeps container images on fresh, scanned, validated base images: detect, rebuild, gate, promote.',
  author: 'Base Image Refresh maintainers',
  publisher: 'base-image-refresh',
  repository: 'https://github.com/base-image-refresh/base-image-refresh',
  version,
  parts: { major, minor, patch },
  /** The identity of the Azure task for ever: pipelines and the extension's tab refer to it. */
  taskId: '7c0b5a52-6d0e-4f5f-9d5c-2f3a8c1e7b64',
} as const;
