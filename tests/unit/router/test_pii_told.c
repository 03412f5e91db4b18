/* What is somebody's only beside "I", "my" or "the patient": days, rooms, ages, initials, numbers
 * worded in haste. The same words in a text about nobody are left alone. */
#include "tests/unit/router/pii_test.h"

static void test_when(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"I'm hiv positive since 2016", PII_DATE_TIME, "2016", 0.5F, false},
        {"It happened two years ago and I told no one", PII_DATE_TIME, "two years ago", 0.5F,
         false},
        {"my brother was jumped yesterday", PII_DATE_TIME, "yesterday", 0.5F, false},
        {"she owes us rent since May", PII_DATE_TIME, "May", 0.5F, false},
        {"our hearing is on the 14th, can I", PII_DATE_TIME, "14th", 0.5F, false},
        {"my chemo starts Monday", PII_DATE_TIME, "Monday", 0.5F, false},
        {"my dad died in march", PII_DATE_TIME, "march", 0.5F, false},
        {"The patient fell last night", PII_DATE_TIME, "last night", 0.5F, false},
        {"he has owed me money for 6 years", PII_DATE_TIME, "6 years", 0.5F, false},
        {"we lost her at 21 weeks", PII_DATE_TIME, "21 weeks", 0.5F, false},
        {"he messaged me at 2am saying", PII_DATE_TIME, "2am", 0.5F, false},
        {"my son was ill on Halloween", PII_DATE_TIME, "Halloween", 0.5F, false},
        {"I'm 28 weeks pregnant", PII_DATE_TIME, "28 weeks", 0.5F, false},
        {"ich habe seit gestern Fieber", PII_DATE_TIME, "gestern", 0.5F, false},
        {"mi jefe me despidió el jueves", PII_DATE_TIME, "jueves", 0.5F, false},
        {"It rained yesterday, and it is said that in all of the country there will be more of it "
         "until "
         "next week as my dad read",
         PII_DATE_TIME, "next week", 0.5F, false},
        {"Mon mari est malade depuis mai", PII_DATE_TIME, "mai", 0.5F, false},
        {"HE HIT ME LAST NIGHT", PII_DATE_TIME, "LAST NIGHT", 0.5F, false},
        {"bed 4 pt vomited at 2am", PII_DATE_TIME, "2am", 0.5F, false},
        {"pain, told my/our GP last week", PII_DATE_TIME, "last week", 0.5F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"The law was passed in 2016", PII_DATE_TIME},
        {"What happened yesterday?", PII_DATE_TIME},
        {"Rome was founded long ago by my people", PII_DATE_TIME},
        {"I live on the 14th floor", PII_DATE_TIME},
        {"The sale ended last week. I like cats.", PII_DATE_TIME},
        {"my code runs in 2016 ms", PII_PHONE_NUMBER},
        {"ago", PII_DATE_TIME},
        {"weeks pregnant", PII_DATE_TIME},
        {"Bake it for 2 days", PII_DATE_TIME},
        {"I am at 2 amps", PII_DATE_TIME},
        {"my son is nearly 8 years old", PII_DATE_TIME},
        {"years ago", PII_DATE_TIME},
        {"had you told me years ago", PII_DATE_TIME},
        {"since", PII_DATE_TIME},
        /* what only looks like somebody */
        {"In the US prices rose since 2021", PII_DATE_TIME},
        {"The EU has traded carbon since 2005", PII_DATE_TIME},
        {"Open Mon to Fri from 9am to 5pm", PII_DATE_TIME},
        {"Mon 9am-5pm, Tue at 10am", PII_DATE_TIME},
        {"The webinar is at 2pm PT on Tuesday", PII_DATE_TIME},
        {"Bake for 20 min, then rest until 3pm", PII_DATE_TIME},
        {"I/O wait doubled since yesterday", PII_DATE_TIME},
        {"i = 0 since 2016", PII_DATE_TIME},
        {"a holiday, i.e. last week", PII_DATE_TIME},
        {"the multi-tenant cluster ran since March", PII_DATE_TIME},
        {"the client-side code broke yesterday", PII_DATE_TIME},
        {"my_table has rows since 2016", PII_DATE_TIME},
        /* and what the edges of the clause cut to a word of that kind */
        {"It closed yesterday because of long storms, floods, more flood and fires in the wide and "
         "flat "
         "industrial islands",
         PII_DATE_TIME},
    };
    check_negatives(none, COUNT(none));
}

static void test_where(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"patient in room 12B refused", PII_LOCATION, "room 12B", 0.5F, false},
        {"i'm in flat 4b", PII_LOCATION, "flat 4b", 0.5F, false},
        {"my nan is on ward 7.", PII_LOCATION, "ward 7", 0.5F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"Room 12 seats 40 people", PII_LOCATION},
        {"my room temperature", PII_LOCATION},
        {"I learn from unit 5 of our textbook", PII_LOCATION},
        {"my room is 12 square metres", PII_LOCATION},
    };
    check_negatives(none, COUNT(none));
}

static void test_ages(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"our kids, 5 and 11", PII_AGE, "5", 0.5F, false},
        {"our kids, 5 and 11", PII_AGE, "11", 0.5F, false},
        {"two girls (7, 9 and 12)", PII_AGE, "9", 0.5F, false},
        {"im a 22f student", PII_AGE, "22", 0.5F, false},
        {"My gran turned 80 last week", PII_AGE, "80", 0.5F, false},
        {"the kid (about 10, red hair)", PII_AGE, "10", 0.5F, false},
        {"mein Vater ist 78 und krank", PII_AGE, "78", 0.5F, false},
        {"mi esposo tiene 54, le duele", PII_AGE, "54", 0.5F, false},
        {"meu filho de 8 anos", PII_AGE, "8", 0.5F, false},
        {"ik ben 53, werk", PII_AGE, "53", 0.5F, false},
        {"He is twenty one months old.", PII_AGE, "twenty one", 0.5F, false},
        {"a fifty-two-year-old man", PII_AGE, "fifty-two", 0.5F, false},
        {"bed 4, 47m, pod 12", PII_AGE, "47", 0.5F, false},
        {"patient: 81m, on", PII_AGE, "81", 0.5F, false},
        {"M.B., 39M: refusing", PII_AGE, "39", 0.5F, false},
        {"I'm 31 , my arm", PII_AGE, "31", 0.5F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"single mum of 2, renting", PII_AGE},
        {"trabalho há 6 anos", PII_AGE},
        {"pages (7, 9 and 12)", PII_AGE},
        {"a 22f rated wind", PII_AGE},
        {"the kids 5, and 11 dogs", PII_AGE},
        {"and 11", PII_AGE},
        {"5 and", PII_AGE},
        {"a year old", PII_AGE},
        {"the pole is 81m, on a hill", PII_AGE},
        {"one-year-olds", PII_TYPE_COUNT},
    };
    check_negatives(none, COUNT(none));
}

static void test_initials(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"I saw Mrs K. today", PII_PERSON, "K.", 0.5F, false},
        {"tell mrs k. that", PII_PERSON, "k.", 0.5F, false},
        {"Dr P said so", PII_PERSON, "P", 0.5F, false},
        {"Mr B hit her", PII_PERSON, "B", 0.5F, false},
        {"client K., week 6", PII_PERSON, "K.", 0.5F, false},
        {"client KW stopped it", PII_PERSON, "KW", 0.5F, false},
        {"a friend of mine, M, is a nurse", PII_PERSON, "M", 0.5F, false},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"Sir I am here", PII_PERSON},
        {"Mr X owes Mr Y a cake", PII_PERSON},
        {"judge A and judge B agree", PII_PERSON},
        {"patient A. has a cold", PII_TYPE_COUNT},
        {"the client D. What is it?", PII_TYPE_COUNT},
    };
    check_negatives(none, COUNT(none));
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct positive cases[] = {
        {"employee 44718 was late", PII_ACCOUNT_NUMBER, "44718", 0.5F, false},
        {"acct ending 4471 was charged", PII_ACCOUNT_NUMBER, "4471", 0.5F, false},
        {"the last four are 7781", PII_ACCOUNT_NUMBER, "7781", 0.5F, false},
        {"UAN 100904319456", PII_ACCOUNT_NUMBER, "100904319456", 0.5F, false},
        {"PCN WK41186203, issued", PII_CASE_NUMBER, "WK41186203", 0.5F, false},
        {"a letter about 3:22-cv-01877, and", PII_CASE_NUMBER, "3:22-cv-01877", 0.5F, false},
        {"receipt MSC2190412345", PII_CASE_NUMBER, "MSC2190412345", 0.5F, false},
        {"our ref ENV/2023/4471", PII_CASE_NUMBER, "ENV/2023/4471", 0.5F, false},
        {"my licence MORGA 753116 SM9IJ is", PII_UK_DRIVING_LICENCE, "MORGA 753116 SM9IJ", 0.9F,
         true},
    };
    check_positives(cases, COUNT(cases));
    static const struct negative none[] = {
        {"Employees: 120000", PII_ACCOUNT_NUMBER},
        {"an account 4471", PII_ACCOUNT_NUMBER},
        {"the code ABC2190412345", PII_CASE_NUMBER},
    };
    check_negatives(none, COUNT(none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_when),    cmocka_unit_test(test_where),
        cmocka_unit_test(test_ages),    cmocka_unit_test(test_initials),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, open_scanner, close_scanner);
}
