import { expect } from 'chai';
import { networkOf, plainAddress, trustedProxies } from '../../src/http/client-address.ts';

describe('the address of a client', () => {
  const networks: readonly (readonly [string, string])[] = [
    ['10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1:2', 'fe80:0:0:0::/64'],
    ['', ''],
  ];
  for (const [address, network] of networks) {
    it(`${address === '' ? 'nothing' : address} counts as ${network === '' ? 'nothing' : network}`, () => {
      expect(networkOf(address)).to.equal(network);
    });
  }

  it('is the IPv4 one where a socket serves both families', () => {
    expect(plainAddress('::ffff:10.0.0.1')).to.equal('10.0.0.1');
    expect(plainAddress('::1')).to.equal('::1');
    expect(plainAddress(undefined)).to.equal('');
  });

  it('is trusted to tell another one only within the ranges given', () => {
    const trusts = trustedProxies(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32']);
    const trusted = ['10.255.0.1', '192.0.2.7', '2001:db8::9', '::ffff:10.0.0.1'];
    expect(trusted.map((address) => trusts(address))).to.deep.equal([true, true, true, true]);
    const others = ['11.0.0.1', '192.0.2.8', '2001:db9::1', '::ffff:11.0.0.1', '127.0.0.1'];
    expect(others.map((address) => trusts(address))).to.deep.equal([false, false, false, false, false]);
    expect(trustedProxies([])('127.0.0.1')).to.equal(false);
    expect(['unknown', '', '10.0.0.1:80', '[::1]'].map((text) => trusts(text))).not.to.include(true);
  });
});
