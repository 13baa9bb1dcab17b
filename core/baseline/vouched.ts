import type { Voucher } from './attested.ts';
import type { BaselineRecord } from './ladder.ts';

/** How far a record that is attested can be relied on, by who vouches for it. */
export function vouched(voucher: Voucher): Pick<BaselineRecord, 'confidence' | 'verified'> {
  switch (voucher) {
    case 'image':
      return { confidence: 'high' };
    case 'signer':
      return { confidence: 'high', verified: true };
    case 'nobody':
      return { confidence: 'low', verified: false };
  }
}
