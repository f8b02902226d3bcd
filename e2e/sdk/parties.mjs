// A WeChat Pay and an Alipay that believe nobody but the vendors' and the community's own software: what our clients send is
// checked by it, what they are answered is signed by it.

import { createSign, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';

import { AlipaySdk } from 'alipay-sdk';
import wechatNode from 'wechatpay-node-v3';
import { Aes, Formatter, Rsa } from 'wechatpay-axios-plugin';

const WechatNode = wechatNode.default ?? wechatNode;
const published = (name) =>
  readFileSync(new URL(`../../crates/sandbox/src/wechat_pay/${name}`, import.meta.url), 'utf8');

const pair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });

/** Keys and numbers of one run. */
export function deal() {
  const shop = { key: published('shop.pem'), certificate: published('shop.crt.pem') };
  const platform = { key: published('platform.pem'), certificate: published('platform.crt.pem') };
  const [alipayShop, alipay] = [pair(), pair()];
  const numbers = { appid: 'wx1234567890abcdef', mchid: '1900000109', api_v3_key: 'AbCdEfGhIjKlMnOpQrStUvWxYz012345' };
  const merchant = new WechatNode({
    ...numbers,
    key: numbers.api_v3_key,
    publicKey: Buffer.from(shop.certificate),
    privateKey: Buffer.from(shop.key),
  });
  return {
    ...numbers,
    serial: merchant.getSN(),
    platformSerial: merchant.getSN(platform.certificate),
    merchant,
    shop,
    platform,
    alipayShop,
    alipay,
    app_id: '2021000000000001',
    seller_id: '2088000000000001',
    /** As Alipay sees the merchant: the key it verifies with is the merchant's. */
    asAlipay: new AlipaySdk({
      appId: '2021000000000001',
      privateKey: alipay.privateKey,
      keyType: 'PKCS8',
      alipayPublicKey: alipayShop.publicKey,
    }),
    /** As the merchant sees Alipay. */
    asMerchant: new AlipaySdk({
      appId: '2021000000000001',
      privateKey: alipayShop.privateKey,
      keyType: 'PKCS8',
      alipayPublicKey: alipay.publicKey,
    }),
  };
}

/** Headers with which WeChat Pay signs a text, by the community's software. */
export function wechatSigned(hand, body, { serial = hand.platformSerial, key = hand.platform.key, at } = {}) {
  const [timestamp, nonce] = [at ?? Formatter.timestamp(), Formatter.nonce()];
  return {
    'wechatpay-serial': serial,
    'wechatpay-timestamp': String(timestamp),
    'wechatpay-nonce': nonce,
    'wechatpay-signature': Rsa.sign(Formatter.response(timestamp, nonce, body), key),
  };
}

/** Something sealed with the APIv3 key. */
export function sealed(hand, document, about) {
  const nonce = Formatter.nonce(12);
  const plain = typeof document === 'string' ? document : JSON.stringify(document);
  const ciphertext = Aes.AesGcm.encrypt(plain, hand.api_v3_key, nonce, about);
  return { algorithm: 'AEAD_AES_256_GCM', ciphertext, nonce, associated_data: about };
}

/** A notice of WeChat Pay, sealed and ready to be signed. */
export function wechatNotice(hand, kind, event, document) {
  const resource = { original_type: kind, ...sealed(hand, document, kind) };
  return JSON.stringify({ id: 'EV-1', create_time: '2026-11-21T20:45:00+08:00', event_type: event, resource });
}

/** What is signed of Alipay's notices, and the signature. */
export function alipaySigned(hand, pairs) {
  const text = Object.keys(pairs).sort().map((name) => `${name}=${pairs[name]}`).join('&');
  const sign = createSign('RSA-SHA256').update(text, 'utf8').sign(hand.alipay.privateKey, 'base64');
  return { ...pairs, sign_type: 'RSA2', sign };
}

/**
 * Serves both. `answers` maps `METHOD path` of WeChat Pay and methods of Alipay to what is answered; `checks` collects what the
 * software of others said about each request.
 */
export async function serve(hand, answers) {
  const checks = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const [path] = request.url.split('?');
    if (path === '/gateway.do') return alipay(hand, answers, checks, body, response);
    return wechat(hand, answers, checks, request, body, response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, checks, stop: () => server.close() };
}

function wechat(hand, answers, checks, request, body, response) {
  const [path] = request.url.split('?');
  const header = request.headers.authorization ?? '';
  const part = (name) => header.match(new RegExp(`${name}="([^"]*)"`))?.[1];
  const [nonce, timestamp, signature] = [part('nonce_str'), part('timestamp'), part('signature')];
  checks.push({
    what: `${request.method} ${path}`,
    // Two independent programs: one verifies, the other makes the same signature from the same key.
    verified: Rsa.verify(Formatter.request(request.method, request.url, timestamp, nonce, body), signature, hand.shop.certificate),
    same: hand.merchant.getSignature(request.method, nonce, timestamp, request.url, body || undefined) === signature,
    header: header === Formatter.authorization(part('mchid'), nonce, signature, timestamp, part('serial_no')) ||
      part('serial_no') === hand.serial,
    body: body ? JSON.parse(body) : undefined,
  });
  const answer = answers[`${request.method} ${path}`];
  if (!answer) return response.writeHead(404).end('nothing here');
  const [status, document, options = {}] = answer();
  const text = Buffer.isBuffer(document) ? document : document === undefined ? '' : JSON.stringify(document);
  const signed = options.unsigned ? {} : wechatSigned(hand, text.toString(), options);
  return response.writeHead(status, { 'content-type': 'application/json', ...signed }).end(text);
}

function alipay(hand, answers, checks, body, response) {
  const form = Object.fromEntries(new URLSearchParams(body));
  const content = JSON.parse(form.biz_content);
  checks.push({ what: form.method, verified: hand.asAlipay.checkNotifySignV2({ ...form }), body: content });
  const [document, options = {}] = answers[form.method](content);
  const node = `${form.method.replaceAll('.', '_')}_response`;
  const text = JSON.stringify(document);
  const sign = createSign('RSA-SHA256').update(options.signed ?? text, 'utf8').sign(hand.alipay.privateKey, 'base64');
  const answer = `{"${node}":${text},"sign":"${sign}"}`;
  if (!options.signed) hand.asMerchant.checkResponseSign(answer, node, sign, '');
  response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
}
