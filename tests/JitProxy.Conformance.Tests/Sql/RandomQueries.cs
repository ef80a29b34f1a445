namespace JitProxy.Conformance.Tests.Sql;

/// <summary>Makes queries over the shop of sources.sql: joins, subqueries, common tables, set operations, aggregates, windows, and expressions of every shape.</summary>
internal sealed class RandomQueries(int seed)
{
    private static readonly (string Name, string[] Columns)[] Tables =
    [
        ("customers", ["id", "name", "email", "ssn"]),
        ("orders", ["id", "customer_id", "amount", "note"]),
        ("nodes", ["id", "parent_id", "label", "secret"]),
        ("v_customers", ["id", "name", "ssn"]),
        ("v_mix", ["id", "size", "who"]),
        ("v_agg", ["name", "n"]),
    ];

    private static readonly string[] Constants = ["'x'", "'1'", "null::text"];

    private readonly Random _random = new(seed);
    private int _aliases;

    /// <summary>What may be named: an alias and its columns.</summary>
    private sealed record Range(string Alias, string[] Columns);

    /// <summary>The next query.</summary>
    public string Next() => Query(3, _random.Next(1, 5), [], null, []);

    private bool Chance(double share) => _random.NextDouble() < share;

    private T Pick<T>(IReadOnlyList<T> list) => list[_random.Next(list.Count)];

    private string Alias() => $"a{++_aliases}";

    private string Value(List<Range> ranges, int depth)
    {
        if (depth <= 0 || Chance(0.35))
            return ranges.Count > 0 && Chance(0.93) ? Column(ranges) : Pick(Constants);

        string V() => Value(ranges, depth - 1);
        string One(params string[] names) => Query(depth - 1, 1, ranges, names.Length == 0 ? null : names, []);
        return _random.Next(20) switch
        {
            0 => $"({V()} || {V()})",
            1 => $"coalesce({V()}, {V()})",
            2 => $"case when {Condition(ranges, depth - 1)} then {V()} else {V()} end",
            3 => $"case {V()} when {V()} then {V()} end",
            4 => $"length({V()})::text",
            5 => $"(select string_agg(z::text, ',' order by z::text) from ({One()}) s(z))",
            6 => $"({Condition(ranges, depth - 1)})::text",
            7 => $"nullif({V()}, {V()})",
            8 => $"(array[{V()}, {V()}])[{_random.Next(1, 3)}]",
            9 => $"substring({V()} from 1 for 2)",
            10 => $"greatest({V()}, {V()})",
            11 => $"replace({V()}, {V()}, {V()})",
            12 when ranges.Count > 0 => Row(Pick(ranges)),
            13 => $"array(select {V()} from generate_series(1, 2))::text",
            14 => $"(select max(q.c) from ({One("c")}) q(c))",
            15 => $"(with w as ({One()}) select count(*)::text from w)",
            16 => $"(values ({V()}), ({V()}) limit 1)",
            17 => $"trim(both {V()} from {V()})",
            18 => $"concat_ws({V()}, {V()}, {V()})",
            _ => $"({V()} collate \"C\")",
        };
    }

    private string Column(List<Range> ranges)
    {
        var range = Pick(ranges);
        return Chance(0.8) ? $"{range.Alias}.{Pick(range.Columns)}::text" : $"({range.Alias}.{Pick(range.Columns)})::text";
    }

    private string Row(Range range) => _random.Next(5) switch
    {
        0 => $"row_to_json({range.Alias})::text",
        1 => $"{range.Alias}::text",
        2 => $"to_jsonb({range.Alias}.*)::text",
        3 => $"(row({range.Alias}.*))::text",
        _ => $"({range.Alias}).{Pick(range.Columns)}::text",
    };

    private string Condition(List<Range> ranges, int depth)
    {
        string V() => Value(ranges, depth - 1);
        string One() => Query(depth - 1, 1, ranges, null, []);
        return (depth <= 0 ? 0 : _random.Next(12)) switch
        {
            3 => $"{V()} is null",
            4 => $"{V()} like {V()}",
            5 => $"{V()} in ({V()}, {V()})",
            6 => $"exists ({One()})",
            7 => $"{V()} in ({One()})",
            8 => $"not ({Condition(ranges, depth - 1)})",
            9 => $"({Condition(ranges, depth - 1)} {(Chance(0.5) ? "and" : "or")} {Condition(ranges, depth - 1)})",
            10 => $"{V()} between {V()} and {V()}",
            11 => $"{V()} = any ({One()})",
            _ => $"{V()} {Pick(["=", "<", ">", "<>"])} {V()}",
        };
    }

    private (string Text, Range Range) Item(int depth, List<Range> outer, List<Range> common, List<Range> beside)
    {
        var alias = Alias();
        if (common.Count > 0 && Chance(0.35))
        {
            var table = Pick(common);
            return ($"{table.Alias} {alias}", new(alias, table.Columns));
        }

        var kind = depth <= 0 ? 0 : _random.Next(10);
        if (kind is 5 or 6 || (kind == 7 && beside.Count > 0))
        {
            string[] names = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(i => $"{alias}x{i}")];
            var isLateral = kind == 7;
            var inner = Query(depth - 1, names.Length, isLateral ? [.. outer, .. beside] : outer, names, common);
            return ($"{(isLateral ? "lateral " : "")}({inner}) {alias}", new(alias, names));
        }

        if (kind == 8 && beside.Count > 0)
            return ($"unnest(array[{Value(beside, depth - 1)}, {Value(beside, depth - 1)}]) {alias}", new(alias, [alias]));

        var (name, columns) = Pick(Tables);
        if (Chance(0.85))
            return ($"{name} {alias}", new(alias, columns));
        string[] renamed = [.. columns.Select((_, i) => $"{alias}c{i}")];
        return ($"{name} as {alias}({string.Join(", ", renamed)})", new(alias, renamed));
    }

    private (string Text, List<Range> Ranges) From(int depth, List<Range> outer, List<Range> common)
    {
        var (text, range) = Item(depth, outer, common, []);
        List<Range> ranges = [range];
        for (var n = Pick([0, 0, 0, 1, 1, 2]); n > 0; n--)
        {
            var (next, added) = Item(depth - 1, outer, common, ranges);
            ranges = [.. ranges, added];
            text += _random.Next(3) switch
            {
                0 => $" cross join {next}",
                1 => $" join {next} on {Condition(ranges, Math.Min(depth - 1, 1))}",
                _ => $" left join {next} on {Condition(ranges, Math.Min(depth - 1, 1))}",
            };
        }

        return (text, ranges);
    }

    private string Query(int depth, int width, List<Range> outer, string[]? names, List<Range> common)
    {
        names ??= [.. Enumerable.Range(0, width).Select(static i => $"o{i}")];
        var with = depth > 0 && Chance(0.2) ? With(depth, ref common) : "";
        if (depth > 0 && Chance(0.15))
        {
            var operation = Pick(["union", "union all", "intersect", "except"]);
            return $"{with}({Query(depth - 1, width, outer, names, common)}) {operation} ({Query(depth - 1, width, outer, names, common)})";
        }

        var (from, ranges) = From(depth, outer, common);
        List<Range> scope = Chance(0.4) ? [.. ranges, .. outer] : ranges;
        var where = Chance(0.25) ? $" where {Condition(scope, depth)}" : "";
        var kind = _random.NextDouble();
        if (kind < 0.15)
        {
            var group = Chance(0.5) ? $" group by {Value(ranges, 1)}" : "";
            return $"{with}select {Columns(names, () => Aggregate(ranges, depth))} from {from}{where}{group}";
        }

        if (kind < 0.25)
            return $"{with}select {Columns(names, () => Windowed(ranges, depth))} from {from}{where} window w as (partition by {Value(ranges, 0)})";

        var distinct = Chance(0.15) ? "distinct " : "";
        var tail = distinct.Length == 0 && Chance(0.12) ? $" order by {Value(ranges, 1)} limit {_random.Next(1, 4)}" : "";
        return $"{with}select {distinct}{Columns(names, () => Value(scope, depth))} from {from}{where}{tail}";
    }

    private string With(int depth, ref List<Range> common)
    {
        var alias = Alias();
        string[] names = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(i => $"{alias}w{i}")];
        var inner = Query(depth - 1, names.Length, [], names, common);
        common = [.. common, new(alias, names)];
        if (Chance(0.7))
            return $"with {alias} as {(Chance(0.5) ? "materialized " : "")}({inner}) ";

        // Turns the columns round, so that what was in one comes to be in all.
        var turned = string.Join(", ", names.Skip(1).Append(names[0]));
        return $"with recursive {alias}({string.Join(", ", names)}, lvl) as (select s.*, 1 from ({inner}) s union all select {turned}, lvl + 1 from {alias} where lvl < 3) ";
    }

    private static string Columns(string[] names, Func<string> value) => string.Join(", ", names.Select(name => $"{value()} as {name}"));

    private string Aggregate(List<Range> ranges, int depth)
    {
        string V() => Value(ranges, depth - 1);
        return _random.Next(5) switch
        {
            0 => $"max({V()})",
            1 => $"(count(*) filter (where {Condition(ranges, depth - 1)}))::text",
            2 => "count(*)::text",
            3 => $"string_agg({V()}, '-' order by {V()}, {V()})",
            _ => $"percentile_disc(0.5) within group (order by {V()})",
        };
    }

    private string Windowed(List<Range> ranges, int depth)
    {
        string V() => Value(ranges, depth - 1);
        return _random.Next(5) switch
        {
            0 => $"(row_number() over (order by {V()}))::text",
            1 => $"(rank() over (partition by {V()} order by {V()}))::text",
            2 => $"max({V()}) over (partition by {V()})",
            3 => "(count(*) over w)::text",
            _ => V(),
        };
    }
}
