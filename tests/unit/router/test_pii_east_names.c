/* Names of people in Chinese, Japanese and Korean text. */
#include "pii_test.h"

/* ---- sentences ---- */

enum { LINE_MAX_BYTES = 512, NAMES_MAX = 8 };

static const struct {
    const char *language, *text;
} lines[] = {
#include "east_sentences.def"
};

struct marked {
    char text[LINE_MAX_BYTES];
    struct {
        size_t start, end;
    } names[NAMES_MAX];
    size_t count;
};

static struct marked read_marks(const char *line)
{
    struct marked marked = {0};
    size_t len = 0;
    assert_true(strlen(line) < LINE_MAX_BYTES);
    for (; *line != '\0'; line++) {
        if (*line == '[') {
            assert_true(marked.count < NAMES_MAX);
            marked.names[marked.count++].start = len;
        } else if (*line == ']') {
            marked.names[marked.count - 1].end = len;
        } else {
            marked.text[len++] = *line;
        }
    }
    return marked;
}

static bool is_marked(const struct marked *marked, const struct pii_span *span)
{
    for (size_t i = 0; i < marked->count; i++)
        if (marked->names[i].start == span->start && marked->names[i].end == span->end)
            return true;
    return false;
}

struct counts {
    size_t names, right, wrong;
};

static struct counts count_language(const char *language)
{
    struct counts counts = {0};
    for (size_t i = 0; i < COUNT(lines); i++) {
        if (strcmp(lines[i].language, language) != 0)
            continue;
        struct marked marked = read_marks(lines[i].text);
        struct scan scan = scan_text(marked.text);
        counts.names += marked.count;
        size_t right = 0;
        for (size_t s = 0; s < scan.spans.count; s++) {
            const struct pii_span *span = &scan.spans.items[s];
            if (span->type != PII_PERSON || span->score < 0.5F)
                continue;
            bool good = is_marked(&marked, span);
            right += good;
            counts.wrong += !good;
            if (!good)
                print_message("wrong, %s: %.*s\n", lines[i].text, (int)(span->end - span->start),
                              marked.text + span->start);
        }
        if (right < marked.count)
            print_message("missed: %s\n", lines[i].text);
        counts.right += right;
        scan_release(&scan);
    }
    print_message("%s: %zu names, %zu right, %zu wrong\n", language, counts.names, counts.right,
                  counts.wrong);
    return counts;
}

/* As many are found as when the rules were made. */
static void test_sentences(void **state)
{
    (void)state;
    static const struct {
        const char *language;
        size_t right_least, wrong_most;
    } bars[] = {{"zh", 74, 0}, {"ja", 73, 0}, {"ko", 65, 1}};
    for (size_t i = 0; i < COUNT(bars); i++) {
        struct counts counts = count_language(bars[i].language);
        assert_in_range(counts.right, bars[i].right_least, counts.names);
        assert_in_range(counts.wrong, 0, bars[i].wrong_most);
    }
}

/* ---- what a name is known by ---- */

static void test_forms(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"{\"姓名\":\"王小明\"}", PII_PERSON, "王小明", 0.8F, false},
        {"姓名\t王珅", PII_PERSON, "王珅", 0.8F, false},
        {"患者欧阳娜娜，女", PII_PERSON, "欧阳娜娜", 0.7F, false},
        {"蔡总，合同已寄出", PII_PERSON, "蔡", 0.5F, false},
        {"氏名：さかなくん\n担当：田中 太郎様", PII_PERSON, "田中", 0.5F, false},
        {"ジョン・スミス様", PII_PERSON, "ジョン・スミス", 0.7F, false},
        {"山﨑様へ", PII_PERSON, "山﨑", 0.8F, false},
        {"남궁민수 씨", PII_PERSON, "남궁민수", 0.8F, false},
        {"김 과장님께", PII_PERSON, "김", 0.5F, false},
        {"피고인 김민수는", PII_PERSON, "김민수", 0.8F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"姓名：", PII_PERSON},        {"先生", PII_PERSON},        {"様々な仕様", PII_PERSON},
        {"王様の耳", PII_PERSON},      {"お客様各位", PII_PERSON},  {"公司", PII_PERSON},
        {"주한미군", PII_PERSON},      {"날씨가 좋다", PII_PERSON}, {"고객님", PII_PERSON},
        {"请致电客服", PII_PERSON},    {"カード番号", PII_PERSON},  {"护照号", PII_PERSON},
        {"平成29年", PII_PERSON},      {"メール", PII_PERSON},      {"お電話番号は", PII_PERSON},
        {"这本书没有名字", PII_PERSON}};
    check_negatives(none, COUNT(none));
}

static size_t count_value(const char *text, const char *value)
{
    struct scan scan = scan_text(text);
    size_t found = 0, n = strlen(value);
    for (size_t i = 0; i < scan.spans.count; i++) {
        const struct pii_span *span = &scan.spans.items[i];
        found += span->type == PII_PERSON && span->end - span->start == n &&
                 memcmp(text + span->start, value, n) == 0;
    }
    scan_release(&scan);
    return found;
}

/* A name that was found stands for the same person wherever else the text has it. */
static void test_again(void **state)
{
    (void)state;
    assert_int_equal(count_value("原告李娜诉称被告不还。庭审中李娜。", "李娜"), 2);
    assert_int_equal(count_value("本案中邹国栋到庭。被告人邹国栋认罪。", "邹国栋"), 2);
    assert_int_equal(count_value("高橋さんの話です。その後、高橋が帰った。", "高橋"), 2);
    assert_int_equal(count_value("어제 배수지가 왔다. 배수지 씨는 갔다.", "배수지"), 2);
    assert_int_equal(count_value("スミスさんはブラックスミスだ。", "スミス"), 1);
    assert_int_equal(count_value("被告不还。庭审中李娜。", "李娜"), 0);
}

/* The tagger knows alphabets: of these scripts it names nobody, of what stands among them it does.
 */
static void test_tagger_among_them(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "我叫John Smith，来自中国，喜欢读书和旅行。",
        "어제 John Smith를 만나서 이야기를 나누었다.",
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_int_equal(count_value(texts[i], "John Smith"), 1);
    struct scan scan =
        scan_text("可以使用命令行选项来指定文件的名字。 参数 进入 只读模式 编辑的 文件 和 光标的");
    for (size_t i = 0; i < scan.spans.count; i++)
        assert_int_not_equal(scan.spans.items[i].source, PII_SOURCE_TAGGER);
    scan_release(&scan);
}

/* Nothing is read beyond the text, wherever it is cut. */
static void test_cut_anywhere(void **state)
{
    (void)state;
    static const char text[] =
        "姓名：欧阳雪 患者赵桂兰，氏名：高橋ジョン・スミス=リー様、さくらちゃん "
        "성명: 남궁민 씨 蔡总 王\xe5";
    for (size_t start = 0; start < sizeof(text); start++)
        for (size_t end = start; end < sizeof(text); end++) {
            struct scan scan = {0};
            scan_more(&scan, text + start, end - start);
            for (size_t i = 0; i < scan.spans.count; i++)
                assert_true(scan.spans.items[i].start < scan.spans.items[i].end &&
                            scan.spans.items[i].end <= end - start);
            scan_release(&scan);
        }
}

/* ---- the tables ---- */

static const struct {
    const char *list;
    size_t letters;
    const char *text;
} lists[] = {
#define EAST(list, letters, text) {#list, letters, text},
#include "router/pii_east_names.def"
#undef EAST
};

/* They are searched by halves: each list is in order, and has no word twice. */
static void test_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++) {
        size_t bytes = 3 * lists[i].letters, len = strlen(lists[i].text);
        assert_int_equal(len % bytes, 0);
        for (size_t at = bytes; at < len; at += bytes)
            if (memcmp(lists[i].text + at - bytes, lists[i].text + at, bytes) >= 0)
                fail_msg("%s of %zu letters: out of order at \"%.*s\"", lists[i].list,
                         lists[i].letters, (int)bytes, lists[i].text + at);
    }
}

static bool has_letter(const char *list, const char *letter)
{
    for (; *list != '\0'; list += 3)
        if (memcmp(list, letter, 3) == 0)
            return true;
    return false;
}

/* No family name is passed over because its first letter is not looked for. */
static void test_family_begins(void **state)
{
    (void)state;
    static const char *const families[] = {"ZH_SURE", "ZH_WORDY", "ZH_RARE", "ZH_DOUBLE",
                                           "JA_FAMILY"};
    const char *begins = NULL;
    for (size_t i = 0; i < COUNT(lists); i++)
        if (strcmp(lists[i].list, "FAMILY_BEGINS") == 0)
            begins = lists[i].text;
    assert_non_null(begins);
    for (size_t i = 0; i < COUNT(lists); i++)
        for (size_t f = 0; f < COUNT(families); f++)
            for (const char *at = lists[i].text;
                 strcmp(lists[i].list, families[f]) == 0 && *at != '\0'; at += 3 * lists[i].letters)
                if (!has_letter(begins, at))
                    fail_msg("%.3s begins a name of %s", at, families[f]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentences),     cmocka_unit_test(test_forms),
        cmocka_unit_test(test_again),         cmocka_unit_test(test_tagger_among_them),
        cmocka_unit_test(test_cut_anywhere),  cmocka_unit_test(test_order),
        cmocka_unit_test(test_family_begins),
    };
    return cmocka_run_group_tests(tests, open_scanner, close_scanner);
}
