// C expressions as a debugger takes them, to the trees of syntax.ts. `options.isType(name)` decides what `(name)` before an operand is,
// `options.isCPlusPlus` whether `and`, `not` … are operators.
{{
  const chain = (first, rest) => rest.reduce((left, [operator, right]) => ({ kind: 'binary', operator, left, right }), first);
  const escapes = { n: 10, t: 9, r: 13, 0: 0, a: 7, b: 8, f: 12, v: 11, e: 27 };
}}

Input = _ expression:Outer format:Format? _ { return { expression, format: format ?? undefined }; }
// As Comma, whose last operand may not look like a format
Outer = first:Assignment rest:(!(Format _ !.) "," _ @Assignment)* { return rest.reduce((left, right) => ({ kind: 'comma', left, right }), first); }
Format = "," _ letter:$[a-zA-Z] !WordCharacter { return letter; }

Comma = first:Assignment rest:("," _ @Assignment)* { return rest.reduce((left, right) => ({ kind: 'comma', left, right }), first); }

Assignment = left:Conditional rest:(@AssignmentOperator _ @Assignment)? {
  return rest ? { kind: 'assign', operator: rest[0] === '=' ? undefined : rest[0].slice(0, -1), left, right: rest[1] } : left;
}
AssignmentOperator
  = $("=" !"=") / "*=" / "/=" / "%=" / "+=" / "-=" / "<<=" / ">>=" / "&=" / "^=" / "|="
  / "and_eq" Operator { return '&='; } / "xor_eq" Operator { return '^='; } / "or_eq" Operator { return '|='; }

Conditional = condition:LogicalOr rest:("?" _ @Comma ":" _ @Conditional)? {
  return rest ? { kind: 'conditional', condition, then: rest[0], otherwise: rest[1] } : condition;
}
LogicalOr = first:LogicalAnd rest:(@OrOr _ @LogicalAnd)* { return chain(first, rest); }
LogicalAnd = first:BitOr rest:(@AndAnd _ @BitOr)* { return chain(first, rest); }
BitOr = first:BitXor rest:(@Or _ @BitXor)* { return chain(first, rest); }
BitXor = first:BitAnd rest:(@Xor _ @BitAnd)* { return chain(first, rest); }
BitAnd = first:Equality rest:(@And _ @Equality)* { return chain(first, rest); }
Equality = first:Relational rest:(@EqualOrNot _ @Relational)* { return chain(first, rest); }
OrOr = "||" / "or" Operator { return '||'; }
AndAnd = "&&" / "and" Operator { return '&&'; }
Or = $("|" ![|=]) / "bitor" Operator { return '|'; }
Xor = $("^" !"=") / "xor" Operator { return '^'; }
And = $("&" ![&=]) / "bitand" Operator { return '&'; }
EqualOrNot = "==" / "!=" / "not_eq" Operator { return '!='; }
// C++ [lex.digraph]
Operator = !WordCharacter &{ return options.isCPlusPlus; }
OperatorWord = ("and_eq" / "and" / "bitand" / "bitor" / "compl" / "not_eq" / "not" / "or_eq" / "or" / "xor_eq" / "xor") Operator
Relational = first:Shift rest:(@("<=" / ">=" / $("<" !"<") / $(">" !">")) _ @Shift)* { return chain(first, rest); }
Shift = first:Repeat rest:(@$(("<<" / ">>") !"=") _ @Repeat)* { return chain(first, rest); }
// gdb's p@n, with gdb's precedence
Repeat = first:Additive rest:("@" _ @Additive)* { return rest.reduce((element, count) => ({ kind: 'repeat', element, count }), first); }
Additive = first:Multiplicative rest:(@$([+-] !"=") _ @Multiplicative)* { return chain(first, rest); }
Multiplicative = first:PointedMember rest:(@$([*/%] !"=") _ @PointedMember)* { return chain(first, rest); }
// C++: pointers to members
PointedMember = first:Cast rest:((".*" / "->*") _ @Cast)* { return rest.reduce((operand, pointer) => ({ kind: 'member-pointed-at', operand, pointer }), first); }

Cast
  = "(" _ type:TypeName ")" _ operand:Cast { return { kind: 'cast', type, operand }; }
  / Unary
Unary
  = "sizeof" _ "..." [^]* { return { kind: 'unevaluated', what: 'sizeof...' }; }
  / "sizeof" !WordCharacter _ "(" _ type:TypeName ")" _ { return { kind: 'sizeof-type', type }; }
  / "sizeof" !WordCharacter _ operand:Unary { return { kind: 'sizeof', operand }; }
  / ("_Alignof" / "__alignof__" / "__alignof" / "alignof") !WordCharacter _ "(" _ type:TypeName ")" _ { return { kind: 'alignof-type', type }; }
  / ("_Alignof" / "__alignof__" / "__alignof") !WordCharacter _ Unary { return { kind: 'alignof' }; }
  / operator:("++" / "--") _ operand:Unary { return { kind: 'assign', operator: operator[0], left: operand, right: { kind: 'integer', value: 1n, suffix: '', decimal: true } }; }
  / operator:Prefix _ operand:Cast { return { kind: 'unary', operator, operand }; }
  / Postfix
Prefix = $([*~!+-] / "&" !"&") / "not" Operator { return '!'; } / "compl" Operator { return '~'; }
Postfix = first:Primary rest:PostfixPart* { return rest.reduce((operand, part) => ({ ...part, operand }), first); }
MemberPath = names:Word|1.., _ "." _| _ { return names; }
PostfixPart
  = "[" _ index:Comma "]" _ { return { kind: 'index', index }; }
  / "->" _ name:MemberName _ { return { kind: 'member', arrow: true, name }; }
  / "." _ name:MemberName _ { return { kind: 'member', arrow: false, name }; }
  / "(" _ (Assignment ("," _ Assignment)*)? ")" _ { return { kind: 'call' }; }
  / operator:("++" / "--") _ { return { kind: 'postfix-step', operator }; }

Primary
  = "(" _ inner:Comma ")" _ { return inner; }
  / "offsetof" _ "(" _ type:TypeName "," _ member:MemberPath ")" _ { return { kind: 'offsetof', type, member }; }
  / "container_of" _ "(" _ operand:Assignment "," _ type:TypeName "," _ member:MemberPath ")" _ { return { kind: 'container-of', operand, type, member }; }
  / "dynamic_cast" _ "<" _ type:TypeName ">" _ "(" _ operand:Comma ")" _ { return { kind: 'dynamic-cast', type, operand }; }
  / what:$("typeid" / "decltype" / "noexcept") !WordCharacter _ "(" [^]* { return { kind: 'unevaluated', what }; }
  / ("static_cast" / "const_cast") _ "<" _ type:TypeName ">" _ "(" _ operand:Comma ")" _ { return { kind: 'cast', type, operand }; }
  / "reinterpret_cast" _ "<" _ type:TypeName ">" _ "(" _ operand:Comma ")" _ { return { kind: 'cast', type, operand, isPlain: true }; }
  / Real / Integer / Character / String
  / "$" name:$WordCharacter+ _ { return { kind: 'machine', name }; }
  / whole:"::"? _ scopes:(@Scope _ "::" _)* name:(TemplateName / MemberWord / QuotedName) parameters:ParameterList?
    &{ return scopes.length > 0 || parameters !== null || name.includes('<') || name.startsWith('operator'); }
    &{ return !name.includes('<') || name.startsWith('operator') || options.isTemplate((whole ?? '') + [...scopes, name].join('::')); } _ {
    const scope = scopes.length > 0 ? { scope: (whole ?? '') + scopes.join('::') } : whole ? { scope: '' } : {};
    return { kind: 'name', ...scope, name: name + (parameters ?? '') };
  }
  / whole:"::"? _ scopes:(@Scope _ "::" _)+ name:(MemberWord / QuotedName) _ {
    return { kind: 'name', scope: (whole ?? '') + scopes.join('::'), name };
  }
  // Of a parameter pack, as compilers number its parameters
  / name:$(Word "#" [0-9]+) _ { return { kind: 'name', name }; }
  / whole:"::"? _ name:(!Keyword @Word / QuotedName) _ { return whole ? { kind: 'name', scope: '', name } : { kind: 'name', name }; }

// C++: what may stand before ::
Scope = QuotedName / "(anonymous namespace)" / $(Word TemplateArguments?)
TemplateArguments = "<" ([^<>()] / TemplateArguments / "(" [^()]* ")")* ">"
TemplateName = !Keyword @$(Word TemplateArguments)
// C++: which of several functions is meant, f(int): types and nothing else, so it is no call
ParameterList = list:$(_ "(" _ ("void" !WordCharacter _ / TypeName|1.., "," _|) ")" (_ "const" !WordCharacter)?) { return list; }
MemberWord = OperatorName / $("~"? Word)
// C++ [over.oper], [class.conv.fct]; as compilers name them
OperatorName = "operator" !WordCharacter _ symbol:(
    "()" / "[]" / "->*" / "->" / "<=>" / "<<=" / ">>=" / "<<" / ">>" / "<=" / ">=" / "<" / ">" / "==" / "!=" / "&&" / "||" / "++" / "--" / ","
    / $([-+*/%^&|!=~] "="?)
  ) { return 'operator' + symbol; }
  / "operator" !WordCharacter _ word:$(("new" / "delete") !WordCharacter _ "[]"?) { return 'operator ' + word; }
  / "operator" !WordCharacter _ type:$(Qualifier* (BaseWord|1.., Qualifier*| / QualifiedType) (_ Pointer)* (_ "&&" / _ "&")?) { return 'operator ' + type.trim(); }
// C++: that of a base, object.Base::member
MemberName = scopes:(@$(Word TemplateArguments?) _ "::" _)* name:MemberWord parameters:ParameterList? { return [...scopes, name].join('::') + (parameters ?? ''); }

Integer = number:(Hexadecimal / Binary / Octal / Decimal) suffix:$[uUlL]* !WordCharacter _ { return { kind: 'integer', ...number, suffix: suffix.toLowerCase() }; }
Hexadecimal = "0" [xX] digits:$[0-9a-fA-F]+ { return { value: BigInt('0x' + digits), decimal: false }; }
Binary = "0" [bB] digits:$[01]+ { return { value: BigInt('0b' + digits), decimal: false }; }
Octal = "0" [oO]? digits:$[0-7]+ ![89] { return { value: BigInt('0o' + digits), decimal: false }; }
Decimal = digits:$(([1-9] [0-9]*) / ("0" ![0-9])) { return { value: BigInt(digits), decimal: true }; }
Real
  = digits:$(([0-9]+ "." [0-9]* / "." [0-9]+) ([eE] [+-]? [0-9]+)? / [0-9]+ [eE] [+-]? [0-9]+) suffix:$[fFlL]? !WordCharacter _ {
    const [, whole, fraction = '', exponent = '0'] = /^(\d*)\.?(\d*)(?:e(.*))?$/i.exec(digits);
    const exact = { significand: BigInt(whole + fraction), base: 10, exponent: Number(exponent) - fraction.length };
    return { kind: 'real', value: Number(digits), exact, suffix: suffix.toLowerCase() };
  }
  / "0" [xX] whole:$[0-9a-fA-F]* fraction:("." @$[0-9a-fA-F]*)? &{ return whole + (fraction ?? '') !== ''; } [pP] exponent:$([+-]? [0-9]+) suffix:$[fFlL]? !WordCharacter _ {
    const exact = { significand: BigInt('0x' + whole + (fraction ?? '')), base: 2, exponent: Number(exponent) - 4 * (fraction ?? '').length };
    return { kind: 'real', value: Number(exact.significand) * 2 ** exact.exponent, exact, suffix: suffix.toLowerCase() };
  }
Character = prefix:Prefixed "'" code:(WideEscape / Escape / UniversalName / CodePoint) "'" _ { return { kind: 'character', value: code, prefix }; }
  / "'" code:(Escape / UniversalName / CodePoint) "'" _ { return { kind: 'character', value: code, prefix: '' }; }
Prefixed = @("u8" / "L" / "u" / "U") &['"]
CodePoint = ([\uD800-\uDBFF] [\uDC00-\uDFFF] / [^'\\\n]) { return text().codePointAt(0); }
UniversalName = "\\" digits:("u" @$HexDigit|4| / "U" @$HexDigit|8|) &{ return parseInt(digits, 16) <= 0x10ffff; } { return parseInt(digits, 16); }
WideEscape = "\\x" digits:$HexDigit|1..8| { return parseInt(digits, 16); }
HexDigit = [0-9a-fA-F]
Escape
  = "\\x" digits:$([0-9a-fA-F] [0-9a-fA-F]?) { return parseInt(digits, 16); }
  / "\\" digits:$([0-7] [0-7]? [0-7]?) { return parseInt(digits, 8) & 255; }
  / "\\" letter:[ntrabfve] { return escapes[letter]; }
  / "\\" character:["'?\\] { return character.charCodeAt(0); }
String = literals:(@Literal _)+ {
  return { kind: 'string', prefix: literals.find(({ prefix }) => prefix !== '')?.prefix ?? '', parts: literals.flatMap(({ parts }) => parts) };
}
Literal = prefix:Prefixed '"' parts:(code:WideEscape { return { code }; } / StringPart)* '"' { return { prefix, parts }; }
  / '"' parts:StringPart* '"' { return { prefix: '', parts }; }
StringPart = code:Escape { return { code }; }
  / point:UniversalName { return { text: String.fromCodePoint(point) }; }
  / characters:$[^"\\\n]+ { return { text: characters }; }
QuotedName = "'" @$[^'\\\n]+ "'"

TypeName = base:TypeBase pointers:Pointer* derived:(PointerTo / Lengths) reference:("&&" / "&")? _ {
  return { base, pointers: pointers.length, derived, ...(reference && { reference }) };
}
// int (*)[4], void (*)(int)
PointerTo = "(" _ pointers:Pointer|1..| outer:Lengths ")" _ derived:(Parameters / Lengths) { return { kind: 'pointer-to', pointers: pointers.length, outer, derived }; }
Parameters = "(" _ types:(("void" !WordCharacter _ &")" { return []; }) / TypeName|0.., "," _|) ")" _ { return { kind: 'function', parameters: types }; }
Lengths = lengths:("[" _ @Integer "]" _)* { return { kind: 'array', lengths: lengths.map((length) => Number(length.value)) }; }
Pointer = "*" _ (Qualifier)*
Qualifier = ("const" / "volatile" / "restrict" / "__restrict" / "_Atomic") !WordCharacter _
TypeBase
  = Qualifier* tag:("struct" / "union" / "enum" / "class") !WordCharacter _ name:QualifiedType _ Qualifier* { return { kind: 'tag', tag, name }; }
  / Qualifier* words:BaseWord|1.., Qualifier*| Qualifier* { return { kind: 'base', words }; }
  / Qualifier* name:QualifiedType &{ return options.isType(name); } _ Qualifier* { return { kind: 'typedef', name }; }
  / Qualifier* name:Word &{ return options.isType(name); } _ Qualifier* { return { kind: 'typedef', name }; }
QualifiedType = $("::"? (("(anonymous namespace)" / (Word TemplateArguments?)) "::")* Word TemplateArguments?)
BaseWord = @$("signed" / "unsigned" / "char" / "short" / "int" / "long" / "float" / "double" / "_Bool" / "bool" / "void" / "__int128" / "_Float16" / "__fp16" / "_Complex") !WordCharacter _
Keyword = OperatorWord / ("sizeof" / "struct" / "union" / "enum" / "const" / "volatile") !WordCharacter

Word "a name" = $([a-zA-Z_] WordCharacter*)
WordCharacter = [a-zA-Z0-9_]
_ "white space" = [ \t\r\n]*
