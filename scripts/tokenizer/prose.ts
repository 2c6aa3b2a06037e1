/** @file A few pages of plain English, legal English and code, for punctuation, casing and layout. */

export const PROSE = `
Section 1. Definitions. "This Agreement" refers to the terms and conditions below. "The Work" refers to any document,
program or other material, in any form, that carries a notice placed by its author saying that it may be distributed
under the terms of this Agreement. "You" means each person or organization that receives a copy of the Work. To
"modify" a work means to copy from or adapt all or part of it in a way that requires permission, other than the making
of an exact copy. A "covered work" means either the unmodified Work or a work based on it.

Section 2. Permissions. All rights granted under this License are granted for the term of copyright on the Program,
and are irrevocable provided the stated conditions are met. You may make, run and propagate covered works that you do
not convey, without conditions, so long as your license otherwise remains in force. You may charge any price or no
price for each copy that you convey, and you may offer support or warranty protection for a fee.

Section 3. Source code. The "source code" for a work means the preferred form of the work for making modifications to
it. "Object code" means any non-source form of a work. You must keep intact all notices stating that this License
applies to the code; keep intact all notices of the absence of any warranty; and give all recipients a copy of this
License along with the Program. If the interface displays legal notices, each must remain; see http://example.org/licenses/
or write to the address given there, e.g. by letter (see below).

Section 4. No warranty. THERE IS NO WARRANTY FOR THE PROGRAM, TO THE EXTENT PERMITTED BY APPLICABLE LAW. EXCEPT WHEN
OTHERWISE STATED IN WRITING THE COPYRIGHT HOLDERS PROVIDE THE PROGRAM "AS IS" WITHOUT WARRANTY OF ANY KIND, EITHER
EXPRESSED OR IMPLIED. IN NO EVENT SHALL ANY PARTY BE LIABLE TO YOU FOR DAMAGES, INCLUDING ANY GENERAL, SPECIAL,
INCIDENTAL OR CONSEQUENTIAL DAMAGES ARISING OUT OF THE USE OR INABILITY TO USE THE PROGRAM.

Chapter One

It was a bright cold morning when the old captain came down to the harbour. "Is the ship ready?" he asked. "Not yet,
sir," said the boy, "we're still waiting for the bread and the water." The captain didn't answer; he looked at the sky,
then at his watch, and walked away without another word. Nobody knew what he was thinking, but everyone could see that
something was wrong. There had been a letter, they said, from the north. He had read it twice and put it in his pocket.

Two hours later the wind began to rise. The sails were set, the anchor was up, and the town grew smaller behind them.
"Where are we going?" the boy wanted to know. The mate laughed. "If I knew that," he said, "I'd be the captain."

## Notes

- The first point: keep it short (no more than 20 lines).
- The second: don't repeat yourself; it's easier to read that way.
- A list may hold *emphasis*, **strong words**, \`code\`, and [links](https://example.com/page.html).
1. On 3 March 1998, at 10:30, about 1,500 people (75%) voted; $3.50 was charged per ticket & 12.5 kg were sold.
2. In 2024 the rate rose from 4.2% to 5.0%, i.e. by 0.8 points -- the largest change since 1987.

| name | value | unit |
|------|-------|------|
| speed | 12 | m/s |

function add(a, b) { return a + b; } // const x = [1, 2, 3]; if (x.length > 0) { console.log("ok"); }
for (let i = 0; i < n; i++) { sum += values[i] * 2; }

Yours sincerely, Mr. J. R. Smith, Ph.D., U.S.A. No. 7, St. James's Street, London. P.S. See pp. 3-9 and the U.K. act.
`;
