#include "pii_test.h"

#include <ctype.h>

static void test_mail(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"write to jane.roe@posteo.de today", PII_EMAIL_ADDRESS, "jane.roe@posteo.de", 0.9F, true},
        {"<o'neil+news@mail.gov.uk>", PII_EMAIL_ADDRESS, "o'neil+news@mail.gov.uk", 0.9F, true},
        {"mail=a.b_c-d@sub.host.io;", PII_EMAIL_ADDRESS, "a.b_c-d@sub.host.io", 0.9F, true},
        {"(jo@gmail.com).", PII_EMAIL_ADDRESS, "jo@gmail.com", 0.9F, true},
        {"ask jo@posteo.de—she knows", PII_EMAIL_ADDRESS, "jo@posteo.de", 0.9F, true},
        {"jo@posteo.de- and", PII_EMAIL_ADDRESS, "jo@posteo.de", 0.9F, true},
        {"jane@example.com", PII_EMAIL_ADDRESS, "jane@example.com", 0.5F, false},
        {"support@initech.com", PII_EMAIL_ADDRESS, "support@initech.com", 0.5F, false},
        {"müller@posteo.de", PII_EMAIL_ADDRESS, "müller@posteo.de", 0.9F, true},
        {"jo.roe at gmail dot com", PII_EMAIL_ADDRESS, "jo.roe at gmail dot com", 0.7F, true},
        {"jo [at] mail [dot] posteo [dot] de", PII_EMAIL_ADDRESS,
         "jo [at] mail [dot] posteo [dot] de", 0.7F, true},
        {"jo(at)posteo.de", PII_EMAIL_ADDRESS, "jo(at)posteo.de", 0.7F, true},
        {"john dot smith at gmail dot com", PII_EMAIL_ADDRESS, "john dot smith at gmail dot com",
         0.7F, true},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"a @ b", PII_EMAIL_ADDRESS},
        {"logo@2x.png is in the folder", PII_EMAIL_ADDRESS},
        {"npm install left-pad@1.3.0", PII_EMAIL_ADDRESS},
        {"C = A@B.T in numpy", PII_EMAIL_ADDRESS},
        {"a@b.c-d", PII_EMAIL_ADDRESS},
        {"my email is jane@nowhere.", PII_EMAIL_ADDRESS},
        {"look at example.com for more", PII_EMAIL_ADDRESS},
        {"@property def x(self):", PII_EMAIL_ADDRESS},
        {"meet me at noon, dot your i", PII_EMAIL_ADDRESS},
    };
    check_negatives(none, COUNT(none));
}

static void test_phones(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"call (212) 664-7665 now", PII_PHONE_NUMBER, "(212) 664-7665", 0.8F, true},
        {"212-664-7665", PII_PHONE_NUMBER, "212-664-7665", 0.6F, true},
        {"GET /u?phone=212-664-7665&n=1", PII_PHONE_NUMBER, "212-664-7665", 0.9F, true},
        {"8 (495) 123-45-67", PII_PHONE_NUMBER, "8 (495) 123-45-67", 0.6F, true},
        {"(0)20 7946 1000", PII_PHONE_NUMBER, "(0)20 7946 1000", 0.6F, false},
        {"reply to 07700918273 today", PII_PHONE_NUMBER, "07700918273", 0.4F, false},
        {"98765 43211", PII_PHONE_NUMBER, "98765 43211", 0.4F, false},
        {"12126647665", PII_PHONE_NUMBER, "12126647665", 0.4F, false},
        {"09-7625400 054-1234567", PII_PHONE_NUMBER, "09-7625400", 0.5F, false},
        {"09-7625400 054-1234567", PII_PHONE_NUMBER, "054-1234567", 0.5F, false},
        {"Телефон: 9161234567", PII_PHONE_NUMBER, "9161234567", 0.7F, false},
        {"ТЕЛ. 8 927 535-31-08", PII_PHONE_NUMBER, "8 927 535-31-08", 0.7F, false},
        {"Τηλέφωνο: 2101234567", PII_PHONE_NUMBER, "2101234567", 0.7F, false},
        {"1-800-624-9897", PII_PHONE_NUMBER, "1-800-624-9897", 0.6F, true},
        {"my cell is 2126647665", PII_PHONE_NUMBER, "2126647665", 0.8F, true},
        {"+1 212 664 7665 ext. 12", PII_PHONE_NUMBER, "+1 212 664 7665 ext. 12", 0.8F, true},
        {"931.902.2243x2146", PII_PHONE_NUMBER, "931.902.2243x2146", 0.6F, true},
        {"(169) 686-1954", PII_PHONE_NUMBER, "(169) 686-1954", 0.5F, false},
        {"+44 20 7946 1958", PII_PHONE_NUMBER, "+44 20 7946 1958", 0.8F, true},
        {"+44 (0)20 7946 1958", PII_PHONE_NUMBER, "+44 (0)20 7946 1958", 0.8F, true},
        {"+49 30 901820", PII_PHONE_NUMBER, "+49 30 901820", 0.8F, true},
        {"+33612345679", PII_PHONE_NUMBER, "+33612345679", 0.8F, true},
        {"Tel. 06 12 34 56 79", PII_PHONE_NUMBER, "06 12 34 56 79", 0.7F, true},
        {"reach me on 07700 800123", PII_PHONE_NUMBER, "07700 800123", 0.7F, true},
        {"Telefon: 030 901820", PII_PHONE_NUMBER, "030 901820", 0.7F, true},
        {"phone 09-7625401", PII_PHONE_NUMBER, "09-7625401", 0.7F, true},
        {"0049 30 90182000", PII_PHONE_NUMBER, "0049 30 90182000", 0.5F, false},
        {"call 212-555-0132", PII_PHONE_NUMBER, "212-555-0132", 0.5F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"size=212-664-7665", PII_PHONE_NUMBER},
        {"30000 40000", PII_PHONE_NUMBER},
        {"49688 63416\n53399 67593\n57110 31133", PII_STREET_ADDRESS},
        {"8 (495) 123-45-6", PII_PHONE_NUMBER},
        {"9 (495) 123-45-67", PII_PHONE_NUMBER},
        {"0.0462 1.44 500 0.0414 1.29", PII_PHONE_NUMBER},
        {"123-456-7890-1234-5678-9", PII_PHONE_NUMBER},
        {"from 1990-1995 and 2001-2005", PII_PHONE_NUMBER},
        {"pi is 3.14159265358", PII_PHONE_NUMBER},
        {"order 4155550188231", PII_PHONE_NUMBER},
        {"1.234.567 people", PII_PHONE_NUMBER},
        {"ISBN 978-3-16-148410-0", PII_PHONE_NUMBER},
        {"commit 9f8e7d6c1a2b4c3d", PII_PHONE_NUMBER},
        {"2021-05-20 12:30:00", PII_PHONE_NUMBER},
        {"1 2 3 4 5 6 7 8 9 10 11", PII_PHONE_NUMBER},
        {"0.911-555-0132", PII_PHONE_NUMBER},
        {"$2,126,647,665", PII_PHONE_NUMBER},
    };
    check_negatives(none, COUNT(none));
}

static void test_machine_addresses(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"hosts 185.12.4.1-185.12.4.9", PII_IP_ADDRESS, "185.12.4.1", 0.5F, true},
        {"hosts 185.12.4.1-185.12.4.9", PII_IP_ADDRESS, "185.12.4.9", 0.5F, true},
        {"the gateway —185.12.4.1 is down", PII_IP_ADDRESS, "185.12.4.1", 0.5F, true},
        {"mac:00:1a:2b:3c:4d:5e", PII_MAC_ADDRESS, "00:1a:2b:3c:4d:5e", 0.9F, true},
        {"from 81.2.69.142:", PII_IP_ADDRESS, "81.2.69.142", 0.8F, true},
        {"net 81.2.69.0/24", PII_IP_ADDRESS, "81.2.69.0/24", 0.8F, true},
        {"127.0.0.1", PII_IP_ADDRESS, "127.0.0.1", 0.5F, false},
        {"2a00:1450:4001:81b::200e", PII_IP_ADDRESS, "2a00:1450:4001:81b::200e", 0.8F, true},
        {"684D:1111:222:3333:4444:5555:6:77", PII_IP_ADDRESS, "684D:1111:222:3333:4444:5555:6:77",
         0.8F, true},
        {"00:1A:2B:3C:4D:5E", PII_MAC_ADDRESS, "00:1A:2B:3C:4D:5E", 0.8F, true},
        {"00-1a-2b-3c-4d-5e", PII_MAC_ADDRESS, "00-1a-2b-3c-4d-5e", 0.8F, true},
        {"001A.2B3C.4D5E", PII_MAC_ADDRESS, "001A.2B3C.4D5E", 0.8F, true},
        {"from 52:54:00:12:34:56", PII_MAC_ADDRESS, "52:54:00:12:34:56", 0.8F, true},
        {"00:11:22:33:44:55", PII_MAC_ADDRESS, "00:11:22:33:44:55", 0.8F, true},
        {"10:11:72:13:14:15", PII_MAC_ADDRESS, "10:11:72:13:14:15", 0.8F, true},
        {"ether 10:11:12:13:14:15", PII_MAC_ADDRESS, "10:11:12:13:14:15", 0.8F, true},
        {"see https://a.example.org/x?y=1.", PII_URL, "https://a.example.org/x?y=1", 0.5F, false},
        {"(see www.example.org/a_(b))", PII_URL, "www.example.org/a_(b)", 0.5F, false},
        {"http://a.de/x,http://b.de/y", PII_URL, "http://a.de/x", 0.5F, false},
        {"http://a.de/x,http://b.de/y", PII_URL, "http://b.de/y", 0.5F, false},
        {"go to brown-jones.com now", PII_URL, "brown-jones.com", 0.4F, false},
        {"see mapleharbor.com.au now", PII_URL, "mapleharbor.com.au", 0.4F, false},
        {"see mapleharbor.pt now", PII_URL, "mapleharbor.pt", 0.4F, false},
        {"go to microsoft.com now", PII_URL, "microsoft.com", 0.4F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"tool-185.12.4.1 and 185.12.4.1-rc1", PII_IP_ADDRESS},
        {"1.2.3.4-5 and 3-1.2.3.4", PII_IP_ADDRESS},
        {"ab:00:1a:2b:3c:4d:5e and a::00:1a:2b:3c:4d:5e", PII_MAC_ADDRESS},
        {"256.1.1.1", PII_IP_ADDRESS},
        {"1.2.3", PII_IP_ADDRESS},
        {"1.2.3.4.5", PII_IP_ADDRESS},
        {"version 4.2.0.1", PII_IP_ADDRESS},
        {"std::vector a::b", PII_IP_ADDRESS},
        {"684D:1111:222:3333:4444:5555:77", PII_IP_ADDRESS},
        {"at 10:20:30", PII_IP_ADDRESS},
        {"10:20:30:40:50", PII_MAC_ADDRESS},
        {"time:10:11:12:13:14:15", PII_MAC_ADDRESS},
        {"at 10-11-12-13-14-15", PII_MAC_ADDRESS},
        {"00:00:00:00:00:00", PII_MAC_ADDRESS},
        {"ff:FF:ff:FF:ff:FF", PII_MAC_ADDRESS},
        {"see www.microsoft.c", PII_URL},
        {"foo.se = words.ca", PII_URL},
        {"x = object.isEmpty", PII_URL},
        {"items.map(foo.bar)", PII_URL},
        {"e.g. this", PII_URL},
    };
    check_negatives(none, COUNT(none));
}

static void test_addresses(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"at 742 Evergreen Terrace, Springfield, IL 62704.", PII_STREET_ADDRESS,
         "742 Evergreen Terrace, Springfield, IL 62704", 0.7F, false},
        {"12b N. Main St, Apt 4", PII_STREET_ADDRESS, "12b N. Main St, Apt 4", 0.7F, false},
        {"lives at 10 elm road", PII_STREET_ADDRESS, "10 elm road", 0.5F, false},
        {"Hauptstraße 12, 10115", PII_STREET_ADDRESS, "Hauptstraße 12, 10115", 0.7F, false},
        {"12 rue de la Paix", PII_STREET_ADDRESS, "12 rue de la Paix", 0.6F, false},
        {"zip code 11758", PII_POSTAL_CODE, "11758", 0.5F, false},
        {"at SW1A 1AA today", PII_UK_POSTCODE, "SW1A 1AA", 0.5F, false},
        {"77168 Lee Bypass", PII_STREET_ADDRESS, "77168 Lee Bypass", 0.5F, false},
        {"Hans-Beimler-Straße 2/1, 53260 Ulm", PII_STREET_ADDRESS,
         "Hans-Beimler-Straße 2/1, 53260 Ulm", 0.7F, false},
        {"Storgatan 5, 411 24 Umeå", PII_STREET_ADDRESS, "Storgatan 5, 411 24 Umeå", 0.6F, false},
        {"Keizersgracht 223, 1016 DV Amsterdam", PII_STREET_ADDRESS, "Keizersgracht 223, 1016 DV",
         0.6F, false},
        {"ul. Długa 5", PII_STREET_ADDRESS, "ul. Długa 5", 0.6F, false},
        {"Calle Mayor 5", PII_STREET_ADDRESS, "Calle Mayor 5", 0.6F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"it takes 3 hours to walk", PII_STREET_ADDRESS},
        {"12 inches and circle", PII_STREET_ADDRESS},
        {"Place each of the digits 6 and 7", PII_STREET_ADDRESS},
        {"Chapter 12 The Way", PII_STREET_ADDRESS},
    };
    check_negatives(none, COUNT(none));
}

static void test_people(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"ask Mr. Ilves first", PII_TITLE, "Mr.", 0.5F, false},
        {"ask mrs ilves first", PII_TITLE, "mrs", 0.5F, false},
        {"she is a Sri Lankan citizen", PII_NRP, "Sri Lankan", 0.5F, false},
        {"they are Muslims", PII_NRP, "Muslims", 0.5F, false},
        {"name = \"Jane Doe\"", PII_PERSON, "Jane Doe", 0.5F, false},
        {"Pt initials J.K., 54F", PII_PERSON, "J.K.", 0.5F, false},
        {"Initials: JK. No fever", PII_PERSON, "JK", 0.5F, false},
        {"Initials: JK", PII_PERSON, "JK", 0.5F, false},
        {"Patient AB, 40 years", PII_PERSON, "AB", 0.5F, false},
        {"Room 12: CK, post-op day 3, pain 4/10", PII_PERSON, "CK", 0.5F, false},
        {"bed 3b - J.K., 84, confused", PII_PERSON, "J.K.", 0.5F, false},
        {"One of my employees, Victoria, has cell type cancer and asks for a part-time contract.",
         PII_PERSON, "Victoria", 0.5F, false},
        {"One of our students, Grant, has primary systemic mycosis", PII_PERSON, "Grant", 0.5F,
         false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"no sir, not at all", PII_TITLE},
        {"Dr. 5 of them", PII_TITLE},
        {"polish the table, then rest", PII_NRP},
        {"Patient BP was 140", PII_PERSON},
        {"the patient IS not here", PII_PERSON},
        {"the CEO said so", PII_PERSON},
        {"Pt MD seen", PII_PERSON},
        {"Room 12: TV, minibar", PII_PERSON},
        {"the clients ABC told us", PII_PERSON},
        {"the employee, Monday, was", PII_PERSON},
    };
    check_negatives(none, COUNT(none));
    struct scan scan = scan_text("name = \"Jane Doe\"");
    const struct pii_span *name = find_type(&scan, PII_PERSON);
    assert_non_null(name);
    assert_true(name->placeholder);
    scan_release(&scan);
}

/* Identifiers with and without signs of their own, each of which is found alone. */
static const char *const identifiers[] = {
    "jane@firm.com",        "o.fisher@posteo.de",
    "www.firm.de",          "82.4.17.9",
    "2001:db8::1",          "00:1a:2b:3c:4d:5e",
    "00-1A-2B-3C-4D-5E",    "4539 1488 0343 6467",
    "4539148803436467",     "GB33BUKB20201555555555",
    "219-45-6780",          "+44 20 7946 0958",
    "(212) 664-7665",       "212-664-7665",
    "04/12/1987",           "390.533.447-05",
    "AKIAIOSFODNN7EXAMPL1", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
};

static unsigned draw(unsigned *state, unsigned below)
{
    *state = *state * 1664525U + 1013904223U;
    return (*state >> 16) % below;
}

static bool overlap(const struct scan *scan, enum pii_type *type)
{
    for (size_t i = 0; i < scan->spans.count; i++)
        for (size_t k = i + 1; k < scan->spans.count; k++) {
            const struct pii_span *a = &scan->spans.items[i], *b = &scan->spans.items[k];
            *type = a->type;
            if (a->type == b->type && a->start < b->end && b->start < a->end)
                return true;
        }
    return false;
}

/* Whatever joins them, no two spans of one type overlap. */
static void test_joined(void **state)
{
    enum { ROUNDS = 4000, MOST = 4 };
    static const char *const joins[] = {"-",  "/",   ":", ",",           ";", "",  "_", ".",
                                        "+",  "=",   " ", "@",           "?", "&", "(", ")",
                                        "\n", "\\n", "'", "\xe2\x80\x8b"};
    unsigned seed = 7;
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        char text[512];
        size_t n = 0;
        unsigned parts = 2 + draw(&seed, MOST - 1);
        for (unsigned i = 0; i < parts; i++)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%s",
                                  i > 0 ? joins[draw(&seed, COUNT(joins))] : "",
                                  identifiers[draw(&seed, COUNT(identifiers))]);
        struct scan scan = scan_text(text);
        enum pii_type type;
        if (overlap(&scan, &type))
            fail_msg("\"%s\": two %s overlap", text, pii_type_name(type));
        scan_release(&scan);
    }
}

/* In a row of a table nothing of any of them stays outside the spans, whichever stand side by side.
 */
static void test_rows(void **state)
{
    static const char *const joins[] = {",", ";", "|", "\t", ", "};
    (void)state;
    for (size_t a = 0; a < COUNT(identifiers); a++)
        for (size_t b = 0; b < COUNT(identifiers); b++)
            for (size_t j = 0; j < COUNT(joins); j++) {
                char text[128];
                (void)snprintf(text, sizeof text, "%s%s%s", identifiers[a], joins[j],
                               identifiers[b]);
                struct scan scan = scan_text(text);
                for (size_t i = 0; text[i] != '\0'; i++) {
                    bool covered = !isalnum((unsigned char)text[i]);
                    for (size_t s = 0; s < scan.spans.count && !covered; s++)
                        covered = scan.spans.items[s].start <= i && i < scan.spans.items[s].end;
                    if (!covered)
                        fail_msg("\"%s\": byte %zu is in the clear", text, i);
                }
                scan_release(&scan);
            }
}

/* Each of two addresses is a span of its own, and nothing of the first is left out. */
static void test_two_addresses(void **state)
{
    static const char *const joins[] = {"-", "/", "+", "_", "'", "|", ",", "="};
    (void)state;
    for (size_t j = 0; j < COUNT(joins); j++) {
        char text[64];
        (void)snprintf(text, sizeof text, "jane@firm.com%sjane@firm.de", joins[j]);
        struct scan scan = scan_text(text);
        if (find_span(&scan, text, PII_EMAIL_ADDRESS, "jane@firm.com") == NULL ||
            find_span(&scan, text, PII_EMAIL_ADDRESS, "jane@firm.de") == NULL)
            fail_msg("\"%s\": not two addresses", text);
        scan_release(&scan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mail),
        cmocka_unit_test(test_phones),
        cmocka_unit_test(test_machine_addresses),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_people),
        cmocka_unit_test(test_joined),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_two_addresses),
    };
    return cmocka_run_group_tests(tests, open_scanner, close_scanner);
}
