// Where pages are and what things are called on them: the only file to change when a route or a label changes.

export const ROUTE = {
  home: '/',
  services: '/services',
  search: '/search?q=充值',
  register: '/register',
  login: '/login',
  cart: '/cart',
  orders: '/orders',
  account: '/account',
  transactions: '/account/transactions',
  topUp: '/account/topup',
  help: '/help',
  outbox: '/demo/outbox',
  missing: '/there-is-no-such-page',
  console: '/console',
  consoleLogin: '/console/login',
  queue: '/console/orders',
  tasks: '/console/tasks',
  fallout: '/console/fallout',
  catalogue: '/console/catalogue',
  stock: '/console/stock',
  customers: '/console/customers',
  audit: '/console/audit',
  health: '/console/health',
};

export const LABEL = {
  account: /手机号|邮箱|账号/,
  password: /^(设置|登录)?密码/,
  passwordAgain: /(确认|再次输入|重复)密码/,
  agree: /同意/,
  code: /验证码/,
  codeButton: /^(确认|继续|提交|注册|验证)/,
  registerButton: /^(注册|继续|创建)/,
  loginButton: /^登录/,

  amount: /金额/,
  card: /银行卡/,
  balance: /余额/,
  topUpButton: /充值|继续|去付款|确认/,
  /** On the card gateway's own page: its heading, and the card that pays and says so. */
  gateway: /选择银行卡付款/,
  gatewayPay: /付款成功$/,
  availableBalance: /可用余额|余额/,

  mobileTopUp: /话费充值|手机充值/,
  start: /立即办理/,
  phone: /手机号|充值号码|号码/,
  next: /保存并继续|继续|下一步/,
  pay: /确认并支付|确认支付|提交/,
  receipt: /收据/,
  refresh: /刷新进度/,

  done: /已完成/,
  orderNumber: /ord_[0-9A-Za-z]+/,

  consoleTitle: /订单队列/,
  progress: /进度/,
  finishTask: /完成/,
  retry: /重试/,
  reason: /原因|说明|备注/,
};
