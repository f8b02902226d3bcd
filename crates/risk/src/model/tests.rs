use kernel::{Locale, Timestamp};
use proptest::prelude::*;

use super::file::{About, ModelError};
use super::trees::{Model, Node};
use crate::feature::{Feature, NAMES, Vector};

fn about() -> About {
    About {
        learner: "by hand".to_owned(),
        source: "simulated".to_owned(),
        from: Timestamp::from_secs(1_790_000_000),
        to: Timestamp::from_secs(1_790_600_000),
        rows: 10,
        frauds: 2,
        seed: 1,
        figures: None,
    }
}

fn place(feature: Feature) -> u32 {
    u32::try_from(Feature::ALL.iter().position(|one| *one == feature).unwrap()).unwrap()
}

/// Amount below 100 → −2; above: new device → 3, known → 1, no device → −1.
fn tree() -> Vec<Node> {
    let inner = |feature, split, weight, left, right, missing| Node {
        split,
        weight,
        feature: place(feature),
        left,
        right,
        missing,
    };
    vec![
        inner(Feature::Amount, 100.0, 0.5, 1, 2, 1),
        Node::leaf(-2.0),
        inner(Feature::NewDevice, 0.5, 1.5, 3, 4, 5),
        Node::leaf(1.0),
        Node::leaf(3.0),
        Node::leaf(-1.0),
    ]
}

fn vector(values: &[(Feature, f32)]) -> Vector {
    let mut vector = Vector([f32::NAN; NAMES.len()]);
    for (feature, value) in values {
        vector.0[usize::try_from(place(*feature)).unwrap()] = *value;
    }
    vector
}

fn file() -> Vec<u8> {
    Model::write(&about(), -1.0, &[tree(), tree()]).unwrap()
}

/// The file with a part exchanged and the hash made to fit again: what somebody would hand in who knows the format.
fn forged(from: &[u8], to: &[u8]) -> Vec<u8> {
    use sha2::Digest as _;
    let file = file();
    let content = &file[..file.len() - 32];
    let at = content.windows(from.len()).position(|window| window == from).unwrap();
    let mut out = [&content[..at], to, &content[at + from.len()..]].concat();
    out.extend(sha2::Sha256::digest(&out));
    out
}

#[test]
fn a_walk_takes_the_side_of_the_value_and_has_a_way_for_what_is_not_known() {
    use Feature::{Amount, NewDevice};
    let model = Model::parse(&file()).unwrap();
    for (values, margin) in [
        (vec![(Amount, 99.0)], -5.0),
        (vec![(Amount, 100.0), (NewDevice, 1.0)], 5.0),
        (vec![(Amount, 100.0), (NewDevice, 0.0)], 1.0),
        (vec![(Amount, 100.0)], -3.0),
        (vec![], -5.0),
    ] {
        let vector = vector(&values);
        assert!((model.margin(&vector) - margin).abs() < f64::EPSILON, "{values:?}");
        let scored = model.score(&vector);
        assert!((scored.probability - 1.0 / (1.0 + (-margin).exp())).abs() < 1e-12);
        assert!((f64::from(scored.score) - scored.probability * 100.0).abs() <= 0.5);
    }
}

#[test]
fn reasons_are_what_each_feature_moved_the_weightiest_first() {
    let model = Model::parse(&file()).unwrap();
    let scored = model.score(&vector(&[(Feature::Amount, 500.0), (Feature::NewDevice, 1.0)]));
    let told: Vec<(Feature, f64)> = scored.reasons.iter().map(|r| (r.feature, r.weight)).collect();
    assert_eq!(told, [(Feature::NewDevice, 3.0), (Feature::Amount, 2.0)]);
    assert_eq!(scored.reasons[0].words(Locale::Zh), "新设备");
    let against = model.score(&vector(&[(Feature::Amount, 5.0)]));
    assert_eq!((against.reasons[0].feature, against.reasons[0].weight), (Feature::Amount, -5.0));
}

#[test]
fn a_file_says_what_it_is_and_comes_back_as_it_was() {
    let model = Model::parse(&file()).unwrap();
    assert_eq!((model.about(), model.tree_count()), (&about(), 2));
    assert_eq!(model.hash().as_slice(), &file()[file().len() - 32..]);
    assert_eq!(file(), file());
}

#[test]
fn a_model_made_for_other_features_is_refused_by_name() {
    let error = Model::parse(&forged(b"\"night\"", b"\"nigth\"")).unwrap_err();
    assert_eq!(error, ModelError::OtherFeatures("night, nigth".to_owned()));
    let error = Model::parse(&forged(b"\"night\",\"weekend\"", b"\"weekend\",\"night\"")).unwrap_err();
    assert_eq!(error, ModelError::OtherFeatures("another order".to_owned()));
}

#[test]
fn a_tree_that_would_walk_for_ever_or_out_of_itself_is_refused() {
    for (left, right, missing) in [(0, 2, 1), (1, 0, 1), (1, 2, 0), (6, 2, 1), (1, 2, u32::MAX)] {
        let mut tree = tree();
        tree[0] = Node { left, right, missing, ..tree[0] };
        assert!(matches!(Model::write(&about(), 0.0, &[tree]), Err(ModelError::Nonsense(_))));
    }
    let mut back = tree();
    back[2].left = 1;
    assert!(matches!(Model::write(&about(), 0.0, &[back]), Err(ModelError::Nonsense(_))));
    let mut stranger = tree();
    stranger[0].feature = u32::try_from(NAMES.len()).unwrap();
    assert!(matches!(Model::write(&about(), 0.0, &[stranger]), Err(ModelError::Nonsense(_))));
    assert!(matches!(Model::write(&about(), f64::NAN, &[tree()]), Err(ModelError::Nonsense(_))));
    assert!(matches!(Model::write(&about(), 0.0, &[vec![]]), Err(ModelError::Nonsense(_))));
    assert!(matches!(
        Model::write(&about(), 0.0, &[vec![Node::leaf(f32::NAN)]]),
        Err(ModelError::Nonsense(_))
    ));
}

#[test]
fn every_byte_of_a_file_is_held_by_its_hash() {
    let file = file();
    for place in (0..file.len()).step_by(7) {
        let mut changed = file.clone();
        changed[place] ^= 0x10;
        assert!(Model::parse(&changed).is_err(), "byte {place}");
    }
    for length in 0..file.len() {
        assert!(Model::parse(&file[..length]).is_err(), "{length} bytes");
    }
    assert_eq!(Model::parse(b"PK\x03\x04").unwrap_err(), ModelError::NotAModel);
}

proptest! {
    #[test]
    fn no_bytes_make_reading_panic(tail in prop::collection::vec(any::<u8>(), 0..400)) {
        use sha2::Digest as _;
        prop_assert!(Model::parse(&tail).is_err());
        let mut hashed = [b"everlit-risk-model 1\n".as_slice(), &tail].concat();
        hashed.extend(sha2::Sha256::digest(&hashed));
        prop_assert!(Model::parse(&hashed).is_err());
    }

    #[test]
    fn a_file_with_any_content_behind_its_description_is_refused_or_scores(
        place in 0_usize..200,
        value in any::<u8>(),
        amount in any::<f32>(),
    ) {
        use sha2::Digest as _;
        let file = file();
        let mut content = file[..file.len() - 32].to_vec();
        let length = content.len();
        content[length - 1 - place] = value;
        content.extend(sha2::Sha256::digest(&content));
        if let Ok(model) = Model::parse(&content) {
            let scored = model.score(&vector(&[(Feature::Amount, amount)]));
            prop_assert!(scored.score <= 100);
        }
    }
}
