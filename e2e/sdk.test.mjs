// What our clients of WeChat Pay and Alipay send is checked by the vendors' and the community's own software (alipay-sdk,
// wechatpay-node-v3, wechatpay-axios-plugin), and what that software signs and seals is believed by them. Over real HTTP.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, createVerify } from 'node:crypto';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { Formatter, Rsa } from 'wechatpay-axios-plugin';

import { alipaySigned, deal, sealed, serve, wechatNotice, wechatSigned } from './sdk/parties.mjs';

const driver = process.env.EVERLIT_E2E_GATEWAY;
const PUBLIC_KEY_ID = 'PUB_KEY_ID_0119000001092026112100000000000001';

const hand = deal();
const answers = {};
let server;
let clients;

/** The program with our clients in it. */
function drive(settings) {
  const child = spawn(driver, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const say = (document) => child.stdin.write(`${JSON.stringify(document)}\n`);
  say({
    url: server.url, appid: hand.appid, mchid: hand.mchid, serial: hand.serial, wechat_key: hand.shop.key,
    api_v3_key: hand.api_v3_key, app_id: hand.app_id, seller_id: hand.seller_id,
    alipay_key: hand.alipayShop.privateKey, alipay_public: hand.alipay.publicKey, ...settings,
  });
  return {
    ask: async (order) => {
      say(order);
      const { value, done } = await lines.next();
      assert.ok(!done, 'the clients ended');
      return JSON.parse(value);
    },
    stop: () => child.stdin.end(),
  };
}

/** Everything sent since the last look was verified by others. */
function looked() {
  const seen = server.checks.splice(0);
  assert.ok(seen.length > 0, 'nothing was sent');
  for (const check of seen) {
    assert.equal(check.verified, true, check.what);
    assert.notEqual(check.same, false, check.what);
    assert.notEqual(check.header, false, check.what);
  }
  return seen;
}

const order = { gateway: 'wechat', attempt: 'pat_001', callback: 'http://127.0.0.1:9/callbacks' };
const told = (state, more = {}) => ({
  appid: hand.appid, mchid: hand.mchid, out_trade_no: 'pat_001', trade_state: state, trade_state_desc: '状态',
  amount: { total: 13000, payer_total: 13000, currency: 'CNY', payer_currency: 'CNY' },
  transaction_id: '4200000001', success_time: '2026-11-21T20:45:00+08:00', ...more,
});
const QUERY = 'GET /v3/pay/transactions/out-trade-no/pat_001';

describe('other people’s software', { skip: driver ? false : 'needs the example `gateway`' }, () => {
  before(async () => {
    server = await serve(hand, answers);
    answers['GET /v3/certificates'] = () => [200, { data: [{
      serial_no: hand.platformSerial, effective_time: '2026-01-01T00:00:00+08:00', expire_time: '2126-01-01T00:00:00+08:00',
      encrypt_certificate: sealed(hand, hand.platform.certificate, 'certificate'),
    }] }];
    clients = drive({});
  });
  after(() => {
    clients?.stop();
    server?.stop();
  });

  test('WeChat Pay: orders of all three kinds are signed as two SDKs sign them', async () => {
    answers['POST /v3/pay/transactions/native'] = () => [200, { code_url: 'weixin://wxpay/bizpayurl?pr=abc' }];
    answers['POST /v3/pay/transactions/h5'] = () => [200, { h5_url: 'https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx1' }];
    answers['POST /v3/pay/transactions/jsapi'] = () => [200, { prepay_id: 'wx201410272009395522657a690389285100' }];
    const native = await clients.ask({ ...order, do: 'create', fen: 13000 });
    assert.equal(native.checkout?.text, 'weixin://wxpay/bizpayurl?pr=abc', JSON.stringify(native));
    const h5 = await clients.ask({ ...order, do: 'create', fen: 13000, screen: 'phone' });
    assert.match(h5.checkout.url, /redirect_url=http%3A%2F%2F127/);
    const inside = await clients.ask({ ...order, do: 'create', fen: 13000, screen: 'inside' });
    const call = inside.checkout.arguments;
    const text = Formatter.joinedByLineFeed(call.appId, call.timeStamp, call.nonceStr, call.package);
    assert.ok(Rsa.verify(text, call.paySign, hand.shop.certificate), 'paySign');
    const kinds = looked().map((check) => check.what);
    assert.ok(kinds.includes('GET /v3/certificates'), 'the certificate was fetched and opened');
    assert.equal(kinds.filter((kind) => kind.startsWith('POST')).length, 3);
  });

  test('WeChat Pay: what an SDK signs is believed, and nothing else', async () => {
    answers[QUERY] = () => [200, told('SUCCESS')];
    const paid = await clients.ask({ ...order, do: 'query' });
    assert.deepEqual([paid.state, paid.captured.minor, paid.sequence], ['captured', 13000, 4]);
    looked();
    for (const [why, options] of [
      ['unsigned', { unsigned: true }],
      ['another key', { key: hand.shop.key }],
      ['an old answer', { at: Math.floor(Date.now() / 1000) - 600 }],
    ]) {
      answers[QUERY] = () => [200, told('SUCCESS'), options];
      assert.equal((await clients.ask({ ...order, do: 'query' })).error, 'unknown', why);
    }
    answers[QUERY] = () => [404, { code: 'ORDER_NOT_EXIST', message: '订单不存在' }];
    assert.equal((await clients.ask({ ...order, do: 'query' })).error, 'not_known');
    server.checks.splice(0);
  });

  test('WeChat Pay: closing, giving back and the bill of a day are signed too', async () => {
    answers[`POST ${QUERY.slice(4)}/close`] = () => [204, undefined];
    answers[QUERY] = () => [200, told('CLOSED')];
    assert.equal((await clients.ask({ ...order, do: 'close' })).state, 'closed');
    answers[QUERY] = () => [200, told('SUCCESS')];
    answers['POST /v3/refund/domestic/refunds'] = () => [200, {
      refund_id: '503', out_refund_no: 'prf_1', out_trade_no: 'pat_001', status: 'PROCESSING',
      amount: { total: 13000, refund: 4000, currency: 'CNY' },
    }];
    const refund = await clients.ask({ ...order, do: 'refund', refund: 'prf_1', fen: 4000 });
    assert.equal(refund.state, 'pending', JSON.stringify(refund));
    const head = '交易时间,公众账号ID,微信订单号,商户订单号,交易状态,微信退款单号,商户退款单号,手续费,订单金额,申请退款金额';
    const file = `${head}\r\n\`2026-11-21 20:45:00,\`${hand.appid},\`4200,\`pat_001,\`SUCCESS,\`0,\`0,\`0.78000,\`130.00,\`0.00\r\n`;
    answers['GET /v3/bill/tradebill'] = () => [200, {
      hash_type: 'SHA1', hash_value: createHash('sha1').update(file).digest('hex'), download_url: `${server.url}/v3/billdownload/file?token=x`,
    }];
    answers['GET /v3/billdownload/file'] = () => [200, gzipSync(file), { unsigned: true }];
    const bill = await clients.ask({ ...order, do: 'bill', day: '2026-11-21' });
    assert.deepEqual(bill.lines?.map((line) => [line.our_id, line.amount.minor, line.fee.minor]), [['pat_001', 13000, 78]], JSON.stringify(bill));
    assert.equal(looked().length, 6);
  });

  test('WeChat Pay: a notice sealed and signed by an SDK is opened, a changed one is not', async () => {
    const body = wechatNotice(hand, 'transaction', 'TRANSACTION.SUCCESS', told('SUCCESS'));
    // The SDK of the merchant opens it too.
    const { resource } = JSON.parse(body);
    const plain = hand.merchant.decipher_gcm(resource.ciphertext, resource.associated_data, resource.nonce, hand.api_v3_key);
    assert.equal(plain.out_trade_no, 'pat_001');
    const headers = wechatSigned(hand, body);
    const hear = (changed = {}) => clients.ask({ ...order, do: 'callback', headers, body, ...changed });
    const event = await hear();
    assert.deepEqual([event.report?.type, event.report?.data.captured.minor], ['payment', 13000], JSON.stringify(event));
    const refund = wechatNotice(hand, 'refund', 'REFUND.SUCCESS', {
      mchid: hand.mchid, out_trade_no: 'pat_001', transaction_id: '4200', out_refund_no: 'prf_1', refund_id: '503',
      refund_status: 'SUCCESS', success_time: '2026-11-21T20:45:00+08:00', amount: { total: 13000, refund: 4000 },
    });
    const back = await hear({ body: refund, headers: wechatSigned(hand, refund) });
    assert.deepEqual([back.report?.type, back.report?.data.state], ['refund', 'succeeded'], JSON.stringify(back));
    assert.equal((await hear({ body: body.replace('EV-1', 'EV-2') })).error, 'signature');
    const probe = { ...headers, 'wechatpay-signature': `WECHATPAY/SIGNTEST/${headers['wechatpay-signature']}` };
    assert.equal((await hear({ headers: probe })).error, 'signature');
    assert.equal((await hear({ headers: wechatSigned(hand, body, { at: 1 }) })).error, 'signature');
    const strange = wechatNotice(hand, 'transaction', 'TRANSACTION.SUCCESS', told('SUCCESS', { mchid: '1' }));
    assert.equal((await hear({ body: strange, headers: wechatSigned(hand, strange) })).error, 'merchant');
  });

  test('WeChat Pay: by its public key, without a certificate', async () => {
    const byKey = drive({ public_key_id: PUBLIC_KEY_ID, public_key: publicKey() });
    answers[QUERY] = () => [200, told('USERPAYING'), { serial: PUBLIC_KEY_ID }];
    const payment = await byKey.ask({ ...order, do: 'query' });
    assert.equal(payment.state, 'processing', JSON.stringify(payment));
    looked();
    answers[QUERY] = () => [200, told('SUCCESS')];
    assert.equal((await byKey.ask({ ...order, do: 'query' })).error, 'unknown', 'a certificate is not believed then');
    server.checks.splice(0);
    byKey.stop();
  });

  test('Alipay: the address of the cashier is signed as the official SDK reads it', async () => {
    const page = await clients.ask({ ...order, gateway: 'alipay', do: 'create', fen: 13000 });
    const query = Object.fromEntries(new URL(page.checkout.url).searchParams);
    assert.equal(query.method, 'alipay.trade.page.pay');
    assert.ok(hand.asAlipay.checkNotifySignV2({ ...query }));
    assert.ok(!hand.asAlipay.checkNotifySignV2({ ...query, biz_content: query.biz_content.replace('130.00', '1.00') }));
    const phone = await clients.ask({ ...order, gateway: 'alipay', do: 'create', fen: 13000, screen: 'phone' });
    assert.ok(hand.asAlipay.checkNotifySignV2(Object.fromEntries(new URL(phone.checkout.url).searchParams)));
  });

  test('Alipay: calls are verified by the official SDK, and answers it verifies are believed', async () => {
    const alipay = { ...order, gateway: 'alipay' };
    const ok = (more) => ({ code: '10000', msg: 'Success', out_trade_no: 'pat_001', trade_no: '2026112122001', ...more });
    const paid = ok({ trade_status: 'TRADE_SUCCESS', total_amount: '130.00', send_pay_date: '2026-11-21 20:45:00', subject: '含/斜杠与 中文' });
    answers['alipay.trade.query'] = () => [paid];
    const payment = await clients.ask({ ...alipay, do: 'query' });
    assert.deepEqual([payment.state, payment.captured?.minor], ['captured', 13000], JSON.stringify(payment));
    answers['alipay.trade.refund'] = () => [ok({ fund_change: 'Y', refund_fee: '40.00' })];
    const refund = await clients.ask({ ...alipay, do: 'refund', refund: 'prf_1', fen: 4000 });
    assert.equal(refund.state, 'succeeded', JSON.stringify(refund));
    answers['alipay.trade.fastpay.refund.query'] = () => [ok({ out_request_no: 'prf_1', refund_amount: '40.00', refund_status: 'REFUND_SUCCESS' })];
    assert.equal((await clients.ask({ ...alipay, do: 'query_refund', refund: 'prf_1' })).amount.minor, 4000);
    answers['alipay.trade.close'] = () => [{ code: '40004', msg: 'Business Failed', sub_code: 'ACQ.TRADE_STATUS_ERROR' }];
    assert.equal((await clients.ask({ ...alipay, do: 'close' })).state, 'captured');
    const seen = looked();
    assert.equal(seen.find((check) => check.what === 'alipay.trade.refund').body.refund_amount, '40.00');
    answers['alipay.trade.query'] = () => [paid, { signed: '{}' }];
    assert.equal((await clients.ask({ ...alipay, do: 'query' })).error, 'unknown');
    server.checks.splice(0);
  });

  test('Alipay: a notice the official SDK accepts is heard, one it refuses is not', async () => {
    const pairs = {
      notify_id: 'n1', notify_time: '2026-11-21 20:45:00', app_id: hand.app_id, seller_id: hand.seller_id, charset: 'utf-8',
      version: '1.0', out_trade_no: 'pat_001', trade_no: '2026', trade_status: 'TRADE_SUCCESS', total_amount: '130.00',
      gmt_payment: '2026-11-21 20:44:59', subject: '话费 + 100% & 更多',
    };
    const hear = (form) =>
      clients.ask({ gateway: 'alipay', do: 'callback', body: new URLSearchParams(form).toString(), headers: {} });
    const good = alipaySigned(hand, pairs);
    assert.ok(hand.asMerchant.checkNotifySignV2({ ...good }));
    const event = await hear(good);
    assert.deepEqual([event.id, event.report?.data.captured?.minor], ['n1', 13000], JSON.stringify(event));
    const forged = { ...good, total_amount: '1.00' };
    assert.ok(!hand.asMerchant.checkNotifySignV2({ ...forged }));
    assert.equal((await hear(forged)).error, 'signature');
    assert.equal((await hear(alipaySigned(hand, { ...pairs, seller_id: '2088' }))).error, 'merchant');
  });
});

/** The public key of the platform's certificate, by verifying that it is the one. */
function publicKey() {
  const key = Rsa.from(hand.platform.certificate, Rsa.KEY_TYPE_PUBLIC).export({ type: 'spki', format: 'pem' });
  const signature = Rsa.sign('text', hand.platform.key);
  assert.ok(createVerify('RSA-SHA256').update('text').verify(key, signature, 'base64'));
  return key;
}
