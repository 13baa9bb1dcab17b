import { holdRows } from './hold.ts';
import { verifyAttestationRows, verifyBaseRows } from './rows/trust.ts';

holdRows({ 'verify-base': verifyBaseRows, 'verify-attestations': verifyAttestationRows });
