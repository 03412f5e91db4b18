/* Identifiers among letters of scripts that put no spaces between words, and beside signs that end
 * a word. */
#include "pii_test.h"

/* What stands between such letters is found as it is between spaces, with the same bytes. */
static void test_between_letters(void **state)
{
    (void)state;
    static const struct {
        enum pii_type type;
        const char *text;
    } identifiers[] = {
        {PII_EMAIL_ADDRESS, "taro.tanaka@softbank.co.jp"},
        {PII_CREDIT_CARD, "4539578763621486"},
        {PII_CREDIT_CARD, "4539 5787 6362 1486"},
        {PII_IBAN_CODE, "GB29NWBK60161331926819"},
        {PII_US_SSN, "219-45-6780"},
        {PII_CN_RESIDENT_ID, "11010519491231002X"},
        {PII_PHONE_NUMBER, "+81 90-1234-5678"},
        {PII_IP_ADDRESS, "203.0.113.77"},
        {PII_CRYPTO, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
    };
    static const char *const before[] = {
        "他的号码是", "メールは", "번호는", "ㅋㅋ", "อีเมล", "𠮷", "①",      "👍🏽", "〜",
        "「",         "📧",        "→",      "«",    "…",    "（", "我们。", "你好，",   "№"};
    static const char *const behind[] = {"已经记下", "です",   "입니다", "ครับ",      "」",
                                         "📧",        "→",      "»",      "…",        "）",
                                         "、",       "。谢谢", "：中文", "。Thanks", "।"};
    for (size_t i = 0; i < COUNT(identifiers); i++)
        for (size_t j = 0; j < COUNT(before); j++)
            for (size_t k = 0; k < COUNT(behind); k++) {
                char text[256];
                (void)snprintf(text, sizeof(text), "%s%s%s", before[j], identifiers[i].text,
                               behind[k]);
                struct scan scan = scan_text(text);
                const struct pii_span *span = find_type(&scan, identifiers[i].type);
                if (span == NULL || span->start != strlen(before[j]) ||
                    span->end - span->start != strlen(identifiers[i].text))
                    fail_msg("not found in \"%s\"", text);
                scan_release(&scan);
            }
}

static void test_labels(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"联系电话13912345678。", PII_PHONE_NUMBER, "13912345678", 0.75F, false},
        {"我的手机号是13912345678,谢谢", PII_PHONE_NUMBER, "13912345678", 0.75F, false},
        {"電話/0912-345-678", PII_PHONE_NUMBER, "0912-345-678", 0.75F, true},
        {"お電話番号は０９０-１２３４-５６７８です", PII_PHONE_NUMBER, "０９０-１２３４-５６７８",
         0.75F, true},
        {"전화번호는010-1234-5678입니다", PII_PHONE_NUMBER, "010-1234-5678", 0.75F, true},
        {"โทร081-234-5678ครับ", PII_PHONE_NUMBER, "081-234-5678", 0.75F, true},
        {"【电话】13912345678", PII_PHONE_NUMBER, "13912345678", 0.75F, false},
        {"①电话13912345678", PII_PHONE_NUMBER, "13912345678", 0.75F, false},
        {"他的护照号E12345678已过期", PII_US_PASSPORT, "E12345678", 0.8F, false},
        {"联系方式13912345678张三", PII_PHONE_NUMBER, "13912345678", 0.75F, false},
        {"联系电话13912345678台湾", PII_PHONE_NUMBER, "13912345678", 0.75F, false},
        {"환자는 18세 남성", PII_AGE, "18", 0.85F, false},
        {"딸은 14세다", PII_AGE, "14", 0.85F, false},
        {"密码：abc123，谢谢", PII_SECRET, "abc123", 0.8F, false},
        {"WiFi密码是abc12345。", PII_SECRET, "abc12345", 0.8F, false},
        {"パスワードはhunter2zzです", PII_SECRET, "hunter2zz", 0.8F, false},
        {"비밀번호는 abc12345입니다", PII_SECRET, "abc12345", 0.8F, false},
        {"пароль: Kotik99!", PII_SECRET, "Kotik99", 0.8F, false},
        {"患者，女，71岁", PII_AGE, "71", 0.85F, false},
        {"母は84歳です", PII_AGE, "84", 0.85F, false},
        {"그는 35 세입니다", PII_AGE, "35", 0.85F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"密码是什么？", PII_SECRET},
        {"パスワードはどこですか", PII_SECRET},
        {"21세기의 역사", PII_AGE},
        {"4세대 실손보험", PII_AGE},
        {"10세트 했어요", PII_AGE},
        {"루이 14세", PII_AGE},
        {"18세 이상", PII_AGE},
        {"10살구", PII_AGE},
        {"18岁以上才能购买", PII_AGE},
        {"手机2023年出货量123456789台", PII_PHONE_NUMBER},
        {"信用卡交易额45391488034364元", PII_CREDIT_CARD},
        {"价格￥13912345678元", PII_PHONE_NUMBER},
        {"这是第3章", PII_TYPE_COUNT},
        {"§219-45-6780", PII_US_SSN},
    };
    check_negatives(none, COUNT(none));
}

/* What such letters do not end: links, addresses of mail, passwords. */
static void test_going_on(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"postgres://bob:密码s3cr3t@db.firm.com:5432/x", PII_SECRET,
         "postgres://bob:密码s3cr3t@db.firm.com:5432/x", 0.9F, true},
        {"password: p@ss中W0rd9", PII_SECRET, "p@ss中W0rd9", 0.8F, false},
        {"password=pass→word99", PII_SECRET, "pass→word99", 0.8F, false},
        {"user: jane.doe@例え.co.jp", PII_EMAIL_ADDRESS, "jane.doe@例え.co.jp", 0.9F, true},
        {"メール：田中@例え.jp", PII_EMAIL_ADDRESS, "田中@例え.jp", 0.9F, true},
        {"https://例え.jp/パス", PII_URL, "https://例え.jp/パス", 0.8F, false},
        {"看https://firm.com/用户/张三?id=13912345678 吧", PII_URL,
         "https://firm.com/用户/张三?id=13912345678", 0.8F, false},
        {"访问https://firm.com/x。身份证11010519491231002X", PII_URL, "https://firm.com/x", 0.8F,
         false},
        {"见https://firm.com/x】电话13912345678", PII_URL, "https://firm.com/x", 0.8F, false},
        {"https://firm.com/x身份证11010519491231002X", PII_CN_RESIDENT_ID, "11010519491231002X",
         0.9F, true},
        {"官网www.firm.cn邮箱zhang@163.com", PII_EMAIL_ADDRESS, "zhang@163.com", 0.9F, true},
        {"password：abc123。电话13912345678", PII_SECRET, "abc123", 0.8F, false},
        {"password：abc123。电话13912345678", PII_PHONE_NUMBER, "13912345678", 0.75F, false},
        {"postgres://u:s3cret@db.firm.cn/prod。电话13912345678", PII_SECRET,
         "postgres://u:s3cret@db.firm.cn/prod", 0.9F, true},
        {"口座7654321", PII_ACCOUNT_NUMBER, "7654321", 0.7F, false},
        {"https://firm.com/x\x1f"
         "219-45-6780",
         PII_US_SSN, "219-45-6780", 0.7F, true},
        {"電話はhttps://firm.comです。携帯090-1234-5678", PII_PHONE_NUMBER, "090-1234-5678", 0.75F,
         true},
    };
    check_positives(cases, COUNT(cases));
}

static void test_spelled(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"我的SSN是2 1 9 4 5 6 7 8 0，谢谢", PII_US_SSN, "2 1 9 4 5 6 7 8 0", 0.8F, true},
        {"电话是two one two six six four seven six six five 吧", PII_PHONE_NUMBER,
         "two one two six six four seven six six five", 0.7F, true},
    };
    check_positives(cases, COUNT(cases));
}

static void test_dates(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"他于2019年11月3日入职", PII_DATE_TIME, "2019年11月3日", 0.6F, false},
        {"2019 年 11 月 3 日", PII_DATE_TIME, "2019 年 11 月 3 日", 0.6F, false},
        {"被告は平成29年3月頃から", PII_DATE_TIME, "平成29年3月", 0.6F, false},
        {"2021年12月1日房租到期", PII_DATE_TIME, "2021年12月1日", 0.6F, false},
        {"11月3号见", PII_DATE_TIME, "11月3号", 0.6F, false},
        {"2021년 3월 12일에", PII_DATE_TIME, "2021년 3월 12일", 0.6F, false},
        {"出生日期：1984年7月2日", PII_DATE_OF_BIRTH, "1984年7月2日", 0.95F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"每年3月", PII_DATE_TIME}, {"12月1号楼", PII_DATE_TIME}, {"2019年13月", PII_DATE_TIME}};
    check_negatives(none, COUNT(none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_between_letters), cmocka_unit_test(test_labels),
        cmocka_unit_test(test_dates),           cmocka_unit_test(test_going_on),
        cmocka_unit_test(test_spelled),
    };
    return cmocka_run_group_tests(tests, open_scanner, close_scanner);
}
